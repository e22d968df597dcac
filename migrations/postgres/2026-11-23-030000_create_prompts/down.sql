DROP TABLE prompt_labels;
DROP TABLE prompt_versions;
DROP TABLE prompts;
