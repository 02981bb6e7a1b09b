package schema

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/internal/test/must"
)

func TestParameterDecide(t *testing.T) {
	for _, tt := range []struct {
		name, param string
		requests    [][]string
		want        string
		style       Style
	}{
		{"integer", "page", [][]string{{"1"}, {"2"}, {"30"}}, "integer", NotList},
		{"one integer under a name that counts", "per_page", [][]string{{"30"}}, "integer", NotList},
		{"one number may be chance", "ticket", [][]string{{"30"}}, "string", NotList},
		{"number", "min_score", [][]string{{"1"}, {"2.5"}}, "number", NotList},
		{"boolean", "dry_run", [][]string{{"true"}}, "boolean", NotList},
		{"free text of digits", "q", [][]string{{"2024"}, {"1999"}}, "string", NotList},
		{"date-time", "since", [][]string{{"2024-01-02T03:04:05Z"}}, "string(date-time)", NotList},
		{"repeated", "id", [][]string{{"1", "2"}, {"3"}}, "[integer]", RepeatedList},
		{"commas of numbers", "ids", [][]string{{"1,2"}, {"3"}}, "[integer]", CommaList},
		{"commas of names", "fields", [][]string{{"id,full_name"}, {"id"}, {"title,id"}, {"title"}}, "[string]", CommaList},
		{"commas in text", "address", [][]string{{"Hello, World"}}, "string", NotList},
		{"empty parts", "x", [][]string{{"1,,2"}}, "string", NotList},
		{"suggested values", "state", [][]string{{"open"}, {"closed"}, {"open"}, {"all"}, {"all"}, {"open"}}, "string", NotList},
		{"secrets are not suggested", "access_token", [][]string{{"aaa"}, {"bbb"}, {"aaa"}, {"bbb"}}, "string", NotList},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := NewParameterFacts(tt.param)
			for _, r := range tt.requests {
				l.Add(r...)
			}
			s, style := l.Decide(tt.param, Policy{})
			if got := outlineSchema(s); got != tt.want || style != tt.style {
				t.Errorf("got %s style %d, want %s style %d", got, style, tt.want, tt.style)
			}
		})
	}
}

// TestParameterLaws checks that order, partition and encoding do not change the facts.
func TestParameterLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.SampledFrom(append([]string{"a,b", "1,2", ",", "x y"}, lawStrings...))
		requests := rapid.SliceOf(rapid.SliceOfN(value, 0, 3)).Draw(t, "requests")
		all, a, b := NewParameterFacts("state"), NewParameterFacts("state"), NewParameterFacts("state")
		for _, r := range requests {
			all.Add(r...)
		}
		for _, r := range rapid.Permutation(requests).Draw(t, "order") {
			if rapid.Bool().Draw(t, "side") {
				a.Add(r...)
			} else {
				b.Add(r...)
			}
		}
		data, _ := a.AppendBinary(nil)
		var c ParameterFacts
		must.Do(t, c.UnmarshalBinary(data))
		c.Merge(b)
		got, _ := c.AppendBinary(nil)
		want, _ := all.AppendBinary(nil)
		if !bytes.Equal(got, want) {
			t.Fatal("facts differ")
		}
		if c.Requests() != all.Requests() {
			t.Fatal("requests differ")
		}
	})
}

func TestForm(t *testing.T) {
	for _, tt := range []struct{ name, form, want string }{
		{"flat", "name=x&count=5", "{count: integer, name: string}"},
		{"tree", "a[b]=1&a[c][d]=x", "{a: {b: string, c: {d: string}}}"},
		{"list whose brackets are sent", "a[]=1&a[]=2", "{a[]: [integer]}"},
		{"list by numbers", "a[0][x]=u&a[1][x]=v", "{a: [{x: string}]}"},
		{"list of records", "a[][x]=u&a[][y]=v&a[][x]=w", "{a: [{x: string, y: string}]}"},
		{"repeated", "a=u&a=v&a=w", "{a: [string]}"},
		{"odd brackets are a name", "a[=1&[b]=2&c]d[=3", "{[b]: string, a[: string, c]d[: string}"},
		{"structure wins", "a=1&a[b]=x", "{a: {b: string}}"},
		{"index then name", "a[0]=1&a[b]=x", "{a: {b: string}}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var f Facts
			var fields []Field
			for _, kv := range strings.Split(tt.form, "&") {
				k, v, _ := strings.Cut(kv, "=")
				fields = append(fields, Field{Name: k, Value: v})
			}
			f.AddForm(fields, nil)
			d := Decide([]Body{{Key: "k", Role: Request, Form: true, Facts: &f}}, Policy{})
			if got := outlineSchema(d.Schemas[0]); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestFormFiles(t *testing.T) {
	var f Facts
	f.AddForm([]Field{{Name: "title", Value: "x"}, {Name: "upload", File: true}}, nil)
	d := Decide([]Body{{Key: "k", Role: Request, Form: true, Facts: &f}}, Policy{})
	if got, want := outlineSchema(d.Schemas[0]), "{title: string, upload: string(binary)}"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestFormats(t *testing.T) {
	for _, tt := range []struct {
		text string
		want string
	}{
		{"2024-02-29T23:59:59Z", "date-time"}, {"2024-02-29T23:59:59.123+05:30", "date-time"}, {"2024-02-29T23:59:59", "date-time"},
		{"2023-02-29T23:59:59Z", ""}, {"2024-02-29T24:00:00Z", ""}, {"2024-02-29 23:59:59", ""}, {"2024-02-29T23:59:59+0000", ""},
		{"2024-02-29", "date"}, {"2024-13-01", ""}, {"2024-04-31", ""},
		{"6ba7b810-9dad-11d1-80b4-00c04fd430c8", "uuid"}, {"6ba7b810-9dad-11d1-80b4-00c04fd430cg", ""},
		{"a@example.com", "email"}, {"a@localhost", ""}, {"a b@example.com", ""},
		{"https://example.com/a?b=c", "uri"}, {"https://example.com/{id}", ""}, {"mailto:a", ""}, {"https://example.com:80x/", ""}, {"https://example.com/%zz", ""},
		{"10.0.0.1", "ipv4"}, {"10.0.0.256", ""}, {"2001:db8::1", "ipv6"}, {"12:30:00", ""}, {"api.example.com", "hostname"}, {"-a.example", ""},
		{strings.Repeat("a", 63) + ".example", "hostname"}, {strings.Repeat("a", 64) + ".example", ""}, {"a..example", ""}, {"a-.example", ""},
		{"a.example.", ""}, {".example", ""}, {"a--b.example", "hostname"}, {"Xn--x.example", ""}, {"a.b-", ""},
		{"::1", "ipv6"}, {"1::", "ipv6"}, {"fe80::1", "ipv6"}, {"fe80::1/64", ""}, {"1.2.3", ""}, {"1.2.3.4.5", ""}, {"01.2.3.4", ""},
		{"a://b", "uri"}, {"a://", ""}, {"://b", ""}, {"a:/b/", ""}, {"h2c+x://b", "uri"}, {"https://a.example/b c", ""},
		{"https://[::1]/", "uri"}, {"https://a:b@c.example/", "uri"}, {"https://a.example/%2F", "uri"}, {"https://a.example/%2", ""},
		{strings.Repeat("a", 19) + "://b", "uri"}, {strings.Repeat("a", 20) + "://b", "uri"}, {strings.Repeat("a", 21) + "://b", ""},
		{"a@b.c@d.example", ""}, {"@example.com", ""}, {"a@.com", ""}, {"a+b@example.com", "email"},
		{"PT1M", "duration"}, {"P1Y2M4D", "duration"}, {"P1Y2M3W4D", ""}, {"PT1", ""}, {"P", ""}, {"PTT1H", ""}, {"PT1X", ""}, {"1PT", ""},
		{"TUlJQ1ZEQ0NBVHdDQVFB", "byte"}, {"TUlJQ1ZEQ0NBVHdDQVE=", "byte"}, {"TUlJQ1ZEQ0NBVHdDQ===", ""}, {"TUlJQ1ZEQ0NBVHdDQ", ""}, {"AAAAAAAAAAAAAAAA", ""},
		{"TUlJQ1ZEQ0NBVA==", "byte"}, {"TUlJQ1ZEQ0E=", ""}, {"9999-12-31", "date"}, {"2024-00-10", ""}, {"2024-10-00", ""}, {"2024-1-01", ""},
		{"2024-02-29T23:59:60Z", ""}, {"2024-02-29T23:60:00Z", ""}, {"2024-02-29T23:59:59.Z", ""}, {"2024-02-29T23:59:59-23:59", "date-time"},
		{"2024-02-29T23:59:59+24:00", ""}, {"2024-02-29t23:59:59z", ""}, {"6ba7b8109dad11d180b400c04fd430c8", ""},
		{"P1DT2H", "duration"}, {"PT", ""}, {"P1", ""}, {"TUlJQ1ZEQ0NBVHdDQVFBdw==", "byte"}, {"TUlJQ1ZEQ0NBVHdDQVFBd=o=", ""}, {"abcdefghijklmnop", ""}, {"", ""},
	} {
		t.Run(tt.text, func(t *testing.T) {
			got := ""
			for i, name := range formatNames {
				if formatsOf([]byte(tt.text))&(1<<i) != 0 {
					got += name
				}
			}
			if got != tt.want {
				t.Errorf("%q: got %q, want %q", tt.text, got, tt.want)
			}
			if got != "" && !ofFormat(got, tt.text) {
				t.Errorf("%q: a validator rejects it as %s", tt.text, got)
			}
		})
	}
}

func TestWordLike(t *testing.T) {
	for text, want := range map[string]bool{"in_progress": true, "validatesJSONPath": true, "FLAT_RATE": true,
		"us-east-1":        true,
		"application/json": true, "member.added": true, "Pb7xQ2mZ9kLw": false, "AKIAIOSFODNN7EXAMPLE": false,
		"abcdefghijklmnopqr": true, "abcdefghijklmnopqrs": false, "h2database": true, "h2d4e": false,
		"abc1defghijklmn": true, "abc1defghijklmno": false, "abc1-defghijklmno": true,
		"ab-cd-ef-gh": false, "abc-def-gh-ij": true, "ab-cd-ef": true, "1a2b": true,
		"eyJhbGciOiJIUzI1NiJ9": false, "abcdefghijklmnopqrstuvwxyz": false, "sk_live_xYzAbCdEfGhJkLmN": false} {
		t.Run(text, func(t *testing.T) {
			if got := isWordLike([]byte(text)); got != want {
				t.Errorf("%q: %v", text, got)
			}
		})
	}
}
