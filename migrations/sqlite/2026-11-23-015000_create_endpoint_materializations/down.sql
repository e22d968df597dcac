DROP TABLE endpoint_materializations;
