"""One model of an outcome, told in several ways: terminal, JSON, JUnit, HTML, annotations of a CI."""
