package schema

import (
	"bytes"
	"regexp"
	"time"
)

// numberFormats recognizes JSON numbers, and integers of at most 18 digits.
func numberFormats(s []byte) format {
	switch {
	case numberEnd(s, 0) != len(s):
		return 0
	case len(bytes.TrimPrefix(s, []byte("-"))) > 18 || bytes.ContainsAny(s, ".eE"):
		return fmtNumber
	}
	return fmtInteger | fmtNumber
}

// afterSeconds matches a fraction and a time zone.
var afterSeconds = regexp.MustCompile(`^(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?$`)

// dateFormat recognizes full dates and date-times (RFC 3339), the latter with or without a time
// zone.
func dateFormat(s []byte) format {
	const seconds = len("2006-01-02T15:04:05")
	if len(s) < len(time.DateOnly) || s[4] != '-' || s[7] != '-' || len(s) > len(time.DateOnly) && len(s) < seconds {
		return 0
	}
	layout, f := time.DateOnly, fmtDate
	if len(s) >= seconds {
		layout, f = "2006-01-02T15:04:05", fmtDateTime
	}
	if _, err := time.Parse(layout, string(s[:len(layout)])); err != nil || !afterSeconds.Match(s[len(layout):]) {
		return 0
	}
	return f
}
