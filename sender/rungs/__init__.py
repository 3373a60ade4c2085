"""The rungs of the ladder: functions from Facts to a Route, or to Refused with the reason. No network, no secret."""
