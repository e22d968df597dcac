DROP TABLE recording_parts;

DROP TABLE recording_uploads;
