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

// formatsNamed returns the OpenAPI names of the formats that a text has.
func formatsNamed(text string) string {
	var names []string
	for i, name := range formatNames {
		if formatsOf([]byte(text))&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}

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

// TestFormatLimits holds texts that just have a format, and those that just do not.
func TestFormatLimits(t *testing.T) {
	label := strings.Repeat("a", 63)
	host := label + "." + label + "." + label + "." // 192 characters
	for _, tt := range []struct{ name, has, hasNot, format string }{
		{"4,096 characters", "https://a.example/" + strings.Repeat("a", 4078), "https://a.example/" + strings.Repeat("a", 4079), "uri"},
		{"a host name of 253 characters", host + strings.Repeat("a", 61), host + strings.Repeat("a", 62), "hostname"},
		{"a label of 63 characters", "a." + label, "a." + label + "a", "hostname"},
		{"a host name of ASCII", "a.z.A.Z.0.9.example", "a.ä.example", "hostname"},
		{"a slash before the digits", "a.0.example", "a./.example", "hostname"},
		{"a colon behind the digits", "a.9.example", "a.:.example", "hostname"},
		{"a number is no host name", "1.a", "1.2", "hostname"},
		{"an underscore in a host name", "a-b.example", "a_b.example", "hostname"},
		{"three dots and digits", "255.255.255.255", "255.255.255.256", "ipv4"},
		{"two colons", "::a", ":a", "ipv6"},
		{"a zone of an address", "fe80::1", "fe80::1%1", "ipv6"},
		{"eight groups", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8:9", "ipv6"},
		{"a character before the at sign", "a@b.c", "@b.c", "email"},
		{"a character before the dot", "a@b.c", "a@.cd", "email"},
		{"a character behind the dot", "a@b.c", "a@bc.", "email"},
		{"a dot before the at sign only", "a.b@c.d", "a.b@cd", "email"},
		{"a comma", "a!b@example.com", "a,b@example.com", "email"},
		{"a semicolon", "a#b@example.com", "a;b@example.com", "email"},
		{"a slash", "a-b@example.com", "a/b@example.com", "email"},
		{"a digit", "P1D", "PD", "duration"},
		{"digits at their limits", "PT0S", "PT/S", "duration"},
		{"a T before the time", "PT9S", "PT9T", "duration"},
		{"a T after the days", "P1DT1H", "P1DTT1H", "duration"},
		{"each unit", "P1Y1M1DT1H1M1S", "P1Y1M1DT1H1M1X", "duration"},
		{"weeks alone", "P3W", "P3W1D", "duration"},
		{"units in their order", "P1Y1D", "P1D1Y", "duration"},
		{"units of time behind a T", "PT1H", "P1H", "duration"},
		{"units of dates before a T", "P1D", "PT1D", "duration"},
		{"a time behind a T", "P1DT1S", "P1DT", "duration"},
		{"a fraction", "PT15S", "PT1.5S", "duration"},
		{"an upper-case P", "P7D", "p7D", "duration"},
		{"an authority of one character", "a://b", "a://", "uri"},
		{"a scheme of one letter", "a://bc", "1://bc", "uri"},
		{"two slashes", "ab://c", "ab:/cd/", "uri"},
		{"digits in schemes", "a0://b", "a:0//b", "uri"},
		{"a scheme of letters, digits, plus, point and dash", "a9+.-://b", "a_://b", "uri"},
		{"a port", "https://a.example:80/", "https://a.example:x/", "uri"},
		{"a pair of hex digits", "https://a.example/%20", "https://a.example/%2x", "uri"},
		{"a template", "https://a.example/id", "https://a.example/{id}", "uri"},
		{"four dashes", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6ba7b810-9dad-11d1-80b4_00c04fd430c8x", "uuid"},
		{"36 characters", "6BA7B810-9DAD-11D1-80B4-00C04FD430C8", "6ba7b810-9dad-11d1-80b4-00c04fd430c", "uuid"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := formatsNamed(tt.has); got != tt.format {
				t.Errorf("%q: got %q, want %q", tt.has, got, tt.format)
			}
			if got := formatsNamed(tt.hasNot); got == tt.format {
				t.Errorf("%q has the format %s", tt.hasNot, tt.format)
			}
		})
	}
}

// TestTokenLimits checks which texts are words, such as the values of a list. Others are never kept.
func TestTokenLimits(t *testing.T) {
	long := "in_progress_but_waiting_for_approval_by_an_owner" // 48 characters
	for _, tt := range []struct{ name, has, hasNot string }{
		{"48 characters", long, long + "s"},
		{"more letters than digits", "abc12", "ab12"},
		{"four digits", "alphas1234", "alphas12345"},
		{"no marks", "alpha-beta", "alpha&beta"},
		{"no at sign", "alpha.beta", "alpha@beta"},
		{"no equal sign", "alpha/beta", "alpha=beta"},
		{"no percent sign", "alpha:beta", "alpha%beta"},
		{"a run of 18 letters", "abcdefghijklmnopqr", "abcdefghijklmnopqrs"},
		{"letters of ASCII", "azAZ", "äz"},
		{"a lower-case phrase", "no data", "No data"},
		{"three spaces", "not yet any data", "not yet any more data"},
		{"one space at a time", "no data", "no  data"},
		{"spaces inside", "no data", "no data "},
		{"no space first", "no data", " no data"},
		{"a phrase of 32 characters", "waiting for approval bysomebodie", "waiting for approval bysomebodies"},
		{"a phrase of letters", "az data", "a{ data"},
		{"letters at their limits", "a z", "a `"},
		{"four words of ten letters", "abc-ab-abc-ab", "abc-ab-ab-ab"},
		{"a word that begins with a capital", "OrderLineItemId", "ABcDEfGHi"},
		{"three words of one letter", "a_b_c", "a_b_c_d"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if formatsOf([]byte(tt.has))&fmtToken == 0 {
				t.Errorf("%q is no word", tt.has)
			}
			if formatsOf([]byte(tt.hasNot))&fmtToken != 0 {
				t.Errorf("%q is a word", tt.hasNot)
			}
		})
	}
}

// TestNameLimits checks which names of properties are data: each limit from both sides.
func TestNameLimits(t *testing.T) {
	for _, tt := range []struct{ name, isName, isData string }{
		{"an empty name", "a", ""},
		{"80 characters", strings.Repeat("word_", 16), strings.Repeat("word_", 16) + "s"},
		{"three spaces", "name of a thing", "name of a fine thing"},
		{"four digits", "2024", "20240"},
		{"16 hex digits", "abcdef012345abc", "abcdef012345abcd"},
		{"hex digits", "abcdefabcdefwordword", "abcdef0abcdefabc"},
		{"an address of mail", "user_at_example", "a@example.com"},
		{"an at sign", "@example", "a@b.example"},
		{"a UUID", "uuid", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"},
		{"a date", "made_at", "2024-01-02"},
		{"a date-time", "made_on", "2024-01-02T03:04:05"},
		{"an address of IP", "1.2.3", "1.2.3.4"},
		{"ten characters with seven digits", "abcd123456", "abc1234567"},
		{"nine characters with seven digits", "ab1234567", "abc1234567"},
		{"15 random characters", "aQwZxRtYpLmNbVc", "aQwZxRtYpLmNbVcX"},
		{"a digit between long words", "GlobalIPv6Address", "Gl6IPv4AdGl6IPv4"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if isDataKey([]byte(tt.isName)) {
				t.Errorf("%q is data", tt.isName)
			}
			if !isDataKey([]byte(tt.isData)) {
				t.Errorf("%q is a name", tt.isData)
			}
		})
	}
}

// TestTagValues checks which texts can state the type of an object.
func TestTagValues(t *testing.T) {
	long := "in_progress_but_waiting_for_approval_by_an_owner"
	for _, tt := range []struct{ name, has, hasNot string }{
		{"not empty", "a", ""},
		{"48 characters", long, long + "s"},
		{"a letter first", "a1", "1a"},
		{"a number sign first", "#a.b", "-a.b"},
		{"an underscore first", "_a", ".a"},
		{"identifiers in several parts", "abc.def:ghi/jkl#mno-pqr_stu", "a b"},
		{"four digits", "v1234", "v12345"},
		{"letters at their limits", "azAZ", "a[b"},
		{"digits at their limits", "a09", "a;"},
		{"words", "member.added", "xQ7zR2wV9k"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if !isTagValue([]byte(tt.has)) {
				t.Errorf("%q is no tag", tt.has)
			}
			if isTagValue([]byte(tt.hasNot)) {
				t.Errorf("%q is a tag", tt.hasNot)
			}
		})
	}
}
