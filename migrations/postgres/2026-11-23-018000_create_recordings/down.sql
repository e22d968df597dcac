DROP TABLE recording_batches;
DROP TABLE recording_segments;
DROP TABLE recording_transcripts;
DROP TABLE desktop_recordings;
