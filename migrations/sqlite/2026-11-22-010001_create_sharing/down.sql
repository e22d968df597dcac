DROP TABLE share_passwords;
DROP TABLE former_access_tokens;
DROP TABLE sharing_configurations;
