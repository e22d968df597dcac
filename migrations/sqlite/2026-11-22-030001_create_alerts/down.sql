DROP TABLE alert_notifications;
DROP TABLE alert_checks;
DROP TABLE alerts;
