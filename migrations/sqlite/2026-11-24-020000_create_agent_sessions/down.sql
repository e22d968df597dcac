DROP TABLE agent_sub_sessions;
DROP TABLE agent_material;
DROP TABLE agent_sessions;
