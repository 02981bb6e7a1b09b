package schema

import (
	"fmt"
	"strings"
	"testing"
)

// values returns a body {"name":value} for each text, which may be any JSON.
func values(name string, texts ...string) (out []string) {
	for _, x := range texts {
		out = append(out, fmt.Sprintf("{%q:%s}", name, x))
	}
	return out
}

// TestTimeLimits checks from when to when an integer is a time: 1985 to 2103.
func TestTimeLimits(t *testing.T) {
	const seconds, millis = "{created_at: integer<Unix time in seconds>}", "{created_at: integer(int64)<Unix time in milliseconds>}"
	checkEvidence(t, []evidence{
		{"1985", values("created_at", "500000000"), seconds},
		{"a second before", values("created_at", "499999999"), "{created_at: integer}"},
		{"2103", values("created_at", "4200000000"), "{created_at: integer(int64)<Unix time in seconds>}"},
		{"a second later", values("created_at", "4200000001"), "{created_at: integer(int64)}"},
		{"1985 in milliseconds", values("created_at", "500000000000"), millis},
		{"a millisecond before", values("created_at", "499999999999"), "{created_at: integer(int64)}"},
		{"2103 in milliseconds", values("created_at", "4200000000000"), millis},
		{"a millisecond later", values("created_at", "4200000000001"), "{created_at: integer(int64)}"},
		{"one value out of range", values("created_at", "1", "1700000000"), "{created_at!: integer}"},
		{"seconds and milliseconds", values("created_at", "1700000000", "1700000000000"), "{created_at!: integer(int64)}"},
		{"a name of a date", values("birthday", "1700000000"), "{birthday: integer<Unix time in seconds>}"},
		{"another name", values("size", "1700000000"), "{size: integer}"},
		{"a number that no integer holds", values("created_at", "1700000000", "17000000000000000000000"), "{created_at!: integer}"},
	})
}

// TestIntegerLimits checks which integers need 64 bits, and which need more.
func TestIntegerLimits(t *testing.T) {
	checkEvidence(t, []evidence{
		{"largest of 32 bits", values("x", "2147483647"), "{x: integer}"},
		{"one more", values("x", "2147483648"), "{x: integer(int64)}"},
		{"smallest of 32 bits", values("x", "-2147483648"), "{x: integer}"},
		{"one less", values("x", "-2147483649"), "{x: integer(int64)}"},
		{"largest of 64 bits", values("x", "9223372036854775807"), "{x: integer(int64)}"},
		{"one more than 64 bits", values("x", "9223372036854775808"), "{x: integer}"},
		{"beside others of 64 bits", values("x", "5000000000", "9223372036854775808"), "{x!: integer}"},
		{"smallest of 64 bits", values("x", "-9223372036854775808"), "{x: integer(int64)}"},
		{"18 digits", values("x", "999999999999999999"), "{x: integer(int64)}"},
		{"negative", values("x", "-5", "5"), "{x!: integer}"},
		{"an exponent", values("x", "1e3"), "{x: number}"},
		{"a point", values("x", "1.0"), "{x: number}"},
	})
}

// TestFormatEvidence checks how many distinct values show a format under a name that does not
// suggest it. Some formats occur by chance, and more so in requests, which people may write by hand.
func TestFormatEvidence(t *testing.T) {
	times := func(format string, n int) (out []string) {
		for i := range n {
			out = append(out, fmt.Sprintf(format, i+1))
		}
		return out
	}
	key := func(n int) string { return `"%d` + strings.Repeat("aB1+", 40)[:n-2] + `="` }
	for _, tt := range []struct {
		name, property, values string
		response, request      int // how many distinct values it takes, 0 for never
		format                 string
	}{
		{"date-time", "x", `"2024-01-0%dT00:00:00Z"`, 1, 1, "date-time"},
		{"date", "x", `"2024-01-0%d"`, 2, 3, "date"},
		{"date under a name of dates", "due", `"2024-01-0%d"`, 1, 1, "date"},
		{"date under the name of a day of a stay", "checkIn", `"2024-01-0%d"`, 1, 1, "date"},
		{"date under a name of travel", "departure", `"2024-01-0%d"`, 1, 1, "date"},
		{"UUID", "x", `"6ba7b81%d-9dad-11d1-80b4-00c04fd430c8"`, 2, 2, "uuid"},
		{"UUID under a name of ids", "request_id", `"6ba7b81%d-9dad-11d1-80b4-00c04fd430c8"`, 1, 1, "uuid"},
		{"IPv4", "x", `"10.0.0.%d"`, 1, 3, "ipv4"},
		{"IPv6", "x", `"2001:db8::%d"`, 1, 3, "ipv6"},
		{"URI", "x", `"https://a.example/%d"`, 4, 4, "uri"},
		{"URI under a name of links", "url", `"https://a.example/%d"`, 1, 1, "uri"},
		{"address of mail", "x", `"a%d@b.example"`, 0, 0, "email"},
		{"address of mail under its name", "email", `"a%d@b.example"`, 1, 1, "email"},
		{"host", "x", `"a%d.example"`, 0, 0, "hostname"},
		{"host under its name", "host", `"a%d.example"`, 1, 1, "hostname"},
		{"duration", "x", `"PT%dM"`, 0, 0, "duration"},
		{"duration under its name", "ttl", `"PT%dM"`, 1, 1, "duration"},
		{"base64 of 64 characters", "x", key(64), 1, 1, "byte"},
		{"base64 of 60 characters", "x", key(60), 0, 0, "byte"},
		{"base64 of 44 characters, as keys have", "x", key(44), 3, 3, "byte"},
		{"base64 of 40 characters", "x", key(40), 0, 0, "byte"},
		{"base64 of 48 characters", "x", key(48), 0, 0, "byte"},
		{"base64 under its name", "certificate", key(24), 1, 1, "byte"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, side := range []struct {
				key  string
				need int
			}{{"GET /things 200", tt.response}, {"POST /things request", tt.request}} {
				for n := 1; n <= 6; n++ {
					b := goldenBody(side.key)
					addLines(t, b.Facts, strings.Join(values(tt.property, times(tt.values, n)...), "\n"))
					s := Decide([]Body{b}, Policy{Inline: true}).Schemas[0].Properties[0].Schema
					want := ""
					if side.need > 0 && n >= side.need {
						want = tt.format
					}
					if s.Format != want {
						t.Errorf("%s, %d values: format %q, want %q", side.key, n, s.Format, want)
					}
				}
			}
		})
	}
}

// TestStringEvidence checks the schemas of strings: formats beside empty strings, decimal numbers,
// and values that may be a list.
func TestStringEvidence(t *testing.T) {
	checkEvidence(t, []evidence{
		{"a time or nothing, three distinct", values("x", `""`, `"2024-01-01T00:00:00Z"`, `"2024-01-02T00:00:00Z"`, `"2024-01-03T00:00:00Z"`),
			"{x!: (string(date-time) | string[])}"},
		{"one distinct", values("x", `""`, `"2024-01-01T00:00:00Z"`), "{x!: (string(date-time) | string[])}"},
		{"a date or nothing, three distinct", values("due", `""`, `"2024-01-01"`, `"2024-01-02"`, `"2024-01-03"`),
			"{due!: (string(date) | string[])}"},
		{"two distinct", values("due", `""`, `"2024-01-01"`, `"2024-01-02"`), "{due!: string}"},
		{"empty only", values("x", `""`, `""`), "{x!: string}"},
		{"decimal numbers", values("x", `"1.5"`, `"2.25"`), "{x!: string<a decimal number as text>}"},
		{"and one without a point", values("x", `"1.5"`, `"2"`), "{x!: string}"},
		{"and one that is empty", values("x", `"1.5"`, `""`), "{x!: string}"},
		{"and one that is none", values("x", `"1.5"`, `"1.5.0"`), "{x!: string}"},
		{"two values twice", values("x", `"a"`, `"b"`, `"a"`, `"b"`), "{x!: string}"},
		{"two values, three times", values("x", `"a"`, `"b"`, `"a"`), "{x!: string}"},
		{"three values in five", values("x", `"a"`, `"b"`, `"c"`, `"a"`, `"b"`), "{x!: string}"},
		{"three values in six", values("x", `"a"`, `"b"`, `"c"`, `"a"`, `"b"`, `"c"`), "{x!: string}"},
		{"one value", values("x", `"a"`, `"a"`, `"a"`, `"a"`), "{x!: string}"},
		{"an empty one", values("x", `"a"`, `"b"`, `"a"`, `"b"`, `""`), "{x!: string}"},
		{"one that is no word", values("x", `"a"`, `"B, c."`, `"a"`, `"B, c."`), "{x!: string}"},
		{"a format", values("x", `"2024-01-01"`, `"2024-01-02"`, `"2024-01-01"`, `"2024-01-02"`), "{x!: string(date)}"},
	})
}

// TestParameterEvidence checks what values of parameters show: their text is all there is.
func TestParameterEvidence(t *testing.T) {
	for _, tt := range []struct{ name, param, values, want string }{
		{"two integers", "ticket", "30 31", "integer"},
		{"one integer", "ticket", "30", "string"},
		{"one integer and none", "ticket", "30 -", "string"},
		{"two integers and none", "ticket", "30 31 -", "integer"},
		{"one number under a name that counts", "limit", "30", "integer"},
		{"numbers and a word", "ticket", "30 31 x", "string"},
		{"two numbers", "ratio", "1.5 2", "number"},
		{"one boolean", "ticket", "true", "boolean"},
		{"booleans", "ticket", "true false true", "boolean"},
		{"a boolean and a number", "ticket", "true 1", "string"},
		{"a name of text", "page_title", "30 31", "string"},
		{"a name that only begins as one", "title_count", "30 31", "integer"},
		{"empty only", "ticket", "- -", "string"},
		{"19 digits", "page", "9223372036854775807", "number"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := NewParameterFacts(tt.param)
			for _, v := range strings.Fields(tt.values) {
				l.Add(strings.TrimPrefix(v, "-"))
			}
			s, _ := l.Decide(tt.param, Policy{})
			if got := outlineSchema(s); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// TestParameterSummary checks the words that describe the values of a parameter.
func TestParameterSummary(t *testing.T) {
	for _, tt := range []struct {
		name, param string
		requests    [][]string
		want        string
	}{
		{"none", "x", nil, "no values"},
		{"numbers", "x", [][]string{{"1"}, {"2"}, {"2"}}, "3 values, about 2 distinct; all whole numbers"},
		{"fractions", "x", [][]string{{"1.5"}, {"2"}}, "2 values, about 2 distinct; all numbers"},
		{"booleans", "x", [][]string{{"true"}}, "1 values, about 1 distinct; all true or false; such as true"},
		{"a format", "x", [][]string{{"2024-01-01"}}, "1 values, about 1 distinct; all have the format date"},
		{"empty", "x", [][]string{{""}, {""}}, "0 values, about 0 distinct; 2 empty"},
		{"one empty", "sort", [][]string{{""}, {"up"}}, "1 values, about 1 distinct; 1 empty; such as up"},
		{"repeated", "sort", [][]string{{"up", "down"}, {"up"}}, "3 values, about 2 distinct; more than one in 1 requests; such as down, up"},
		{"commas", "sort", [][]string{{"up,down"}, {"up"}}, "2 values, about 2 distinct; commas in 1"},
		{"five samples", "sort", [][]string{{"a", "b", "c", "d", "e"}}, "5 values, about 5 distinct; more than one in 1 requests; such as a, b, c, d, e"},
		{"of six", "sort", [][]string{{"a", "b", "c", "d", "e", "f"}}, "6 values, about 6 distinct; more than one in 1 requests; such as a, b, c, d, e, …"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := NewParameterFacts(tt.param)
			for _, r := range tt.requests {
				l.Add(r...)
			}
			if got := l.Summary(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
