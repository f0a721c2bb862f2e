"""The sections of a study's page, one per file: each turns :class:`StudyContents` into its part of it."""
