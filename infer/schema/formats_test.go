package schema

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestNumbersAsJSON checks that a text is read as a number if and only if it is a JSON number, and
// as an integer if that number has neither point nor exponent. It tries all short texts of the
// characters that decide this, and their neighbors in ASCII.
func TestNumbersAsJSON(t *testing.T) {
	isInteger := regexp.MustCompile(`^-?[0-9]+$`)
	var try func(s []byte)
	try = func(s []byte) {
		if len(s) > 0 {
			f, valid := numberFormats(s), json.Valid(s)
			if f&fmtNumber != 0 != valid || f&fmtInteger != 0 != (valid && isInteger.Match(s)) {
				t.Fatalf("%q: number %t, integer %t", s, f&fmtNumber != 0, f&fmtInteger != 0)
			}
		}
		if len(s) == 5 {
			return
		}
		for _, c := range []byte("-+.eE/019:") {
			try(append(s, c))
		}
	}
	try(nil)
}

// TestLongNumbers checks that integers have at most 18 digits, so that they fit 64 bits.
func TestLongNumbers(t *testing.T) {
	for text, want := range map[string]format{
		strings.Repeat("9", 18):       fmtInteger | fmtNumber,
		"-" + strings.Repeat("9", 18): fmtInteger | fmtNumber,
		strings.Repeat("9", 19):       fmtNumber,
		"-" + strings.Repeat("9", 19): fmtNumber,
	} {
		if got := numberFormats([]byte(text)); got != want {
			t.Errorf("%s: formats %b, want %b", text, got, want)
		}
	}
}

var (
	fullDate = regexp.MustCompile(`^\d{4}-\d\d-\d\d$`)
	dateTime = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)?$`)
)

// wantDate is what package time says of a date or date-time.
func wantDate(s string) format {
	switch {
	case fullDate.MatchString(s):
		if _, err := time.Parse(time.DateOnly, s); err == nil {
			return fmtDate
		}
	case dateTime.MatchString(s):
		if _, err := time.Parse("2006-01-02T15:04:05", s[:19]); err == nil {
			return fmtDateTime
		}
	}
	return 0
}

// TestDatesAsTime compares the dates that are recognized with those of package time: valid ones with
// each character replaced or omitted, and each two-digit field with each number.
func TestDatesAsTime(t *testing.T) {
	check := func(s string) {
		if got, want := dateFormat([]byte(s)), wantDate(s); got != want {
			t.Errorf("%s: formats %b, want %b", s, got, want)
		}
	}
	for _, s := range []string{"2024-02-29", "2024-12-31T23:59:59", "2024-01-01T00:00:00Z",
		"2024-01-31T09:08:07.5Z", "2024-01-31T09:08:07.123456+05:30", "2024-01-31T09:08:07-00:00"} {
		for i := range s {
			for _, c := range "019/:-+.TZtz " {
				check(s[:i] + string(c) + s[i+1:])
			}
			check(s[:i] + s[i+1:])
			check(s[:i])
		}
		check(s + "0")
		check(s + "Z")
		for _, i := range []int{5, 8, 11, 14, 17} {
			for n := range 100 {
				if i+2 <= len(s) {
					check(s[:i] + fmt.Sprintf("%02d", n) + s[i+2:])
				}
			}
		}
	}
	for n := range 100 {
		check(fmt.Sprintf("2024-01-31T09:08:07+%02d:00", n))
		check(fmt.Sprintf("2024-01-31T09:08:07+00:%02d", n))
	}
	for _, year := range []int{1900, 2000, 2023, 2024, 2100} {
		for month := range 14 {
			for day := range 33 {
				check(fmt.Sprintf("%d-%02d-%02d", year, month, day))
			}
		}
	}
}

// TestBase64AsPackage checks that a text is base64 if package base64 decodes it and it is long and
// varied enough not to be a word.
func TestBase64AsPackage(t *testing.T) {
	const full = "TUlJQ1ZEQ0NBVHdDQVFBd0R6RU5NQXNHQTFV"
	varied := func(s string) bool {
		return strings.ContainsAny(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") &&
			strings.ContainsAny(s, "abcdefghijklmnopqrstuvwxyz") && strings.ContainsAny(s, "0123456789+/=")
	}
	var texts []string
	for n := range full {
		for _, pad := range []string{"", "=", "==", "==="} {
			texts = append(texts, full[:n]+pad, strings.ToLower(full[:n])+pad, strings.ToUpper(full[:n])+pad)
		}
	}
	for i := range 16 {
		for _, c := range "=+/-_.AZaz09" {
			texts = append(texts, full[:i]+string(c)+full[i+1:20], "abcdABCDabcdABCD"[:i]+string(c)+"abcdABCDabcdABCD"[i+1:])
		}
	}
	for _, s := range texts {
		_, err := base64.StdEncoding.DecodeString(s)
		want := err == nil && len(s) >= 16 && varied(s)
		if got := formatsOf([]byte(s))&fmtByte != 0; got != want {
			t.Errorf("%q: base64 %t, want %t", s, got, want)
		}
	}
}
