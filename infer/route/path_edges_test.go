package route

import (
	"strings"
	"testing"
)

// TestShapeEdges checks texts that are just long or regular enough for a shape, or just not.
func TestShapeEdges(t *testing.T) {
	for s, want := range map[string]shape{
		"": shapeOdd, "a": shapeWord, "AB": shapeWord, "ABC": shapeWord, "ABCD": shapeMixed, "A-B": shapeMixed,
		strings.Repeat("a", 40): shapeWord, strings.Repeat("a", 41): shapeToken,
		strings.Repeat("a", 40) + "-" + strings.Repeat("b", 40): shapeWord,
		"deadbee1": shapeHex, "deadbee": shapeWord, "dead12": shapeDigits, "deadb12": shapeHex, "deadbe1": shapeDigits,
		"DEADBEE1": shapeHex, "DeadBee1": shapeDigits,
		"0x1234abc": shapeHex, "abcdefg1": shapeDigits,
		"2024-05-1": shapeDotted, "2024-05-011": shapeDotted, "2024-05-01 10:00": shapeDate, "2024/05": shapeSlash,
		"255.255.255.255": shapeIP, "256.1.1.1": shapeDotted, "1.2.3.4.5": shapeDotted, "a:b:c": shapeOdd, "1:2:3": shapeIP, "::1/64": shapeSlash,
		"1.2": shapeDotted, "1.2.": shapeDotted, "1..2": shapeDotted, ".1.2": shapeOdd, "1.2.x": shapeOdd, "1.2.3+5": shapeDotted,
		"a@b.c": shapeEmail, "a@b": shapeOdd, "@b.c": shapeOdd, "a@.c": shapeOdd, "a@b.c@d": shapeOdd, "a b@c.d": shapeOdd,
		"ab_1a2b3": shapePrefixed, "ab_1a2b": shapeDigits, "ab_abcdef1": shapeDigits, "ab_abcdefg1": shapePrefixed,
		"ab_123456": shapePrefixed, "ab_12345": shapeDigits, "name_2024": shapeDigits,
		strings.Repeat("a", 24) + "_1a2b3": shapePrefixed, strings.Repeat("a", 25) + "_1a2b3": shapeDigits, "_1a2b3": shapeDigits, "a1_1a2b3": shapeDigits,
		"aBcDeFgHiJ": shapeToken, "aBcDeFgHi": shapeMixed, "getUserById": shapeMixed, "doItAsIsNow": shapeToken,
		"v1": shapeVersion, "v": shapeWord, "v1234": shapeDigits, "v123": shapeVersion, "v1.": shapeOdd, "v1.2": shapeVersion,
		"v1rc1": shapeVersion, "v1preview": shapeVersion,
		"-1.2": shapeDotted, "-1-2": shapeDigits, "-1.2.3": shapeOdd, "-1,2": shapeDotted, "1,2": shapeDotted, "1;2,3": shapeDotted, "1-2": shapeDotted,
		",1": shapeOdd, ";1": shapeOdd, ".1": shapeOdd, "1,x": shapeOdd, "1:2": shapeOdd, "1=2": shapeOdd,
		"1egh-2y96": shapeToken, "1eg-2y9": shapeDigits, "1egh-2y9": shapeDigits, "1egh": shapeDigits, "ipv4-ipv6": shapeDigits,
		"1egh-abcd": shapeDigits, "a1b2-c3d4-e5f6": shapeToken, "1egh-2y.6": shapeOdd,
		"abcdefgh12345678": shapeToken, "abcdefgh1234567": shapeDigits, "abcdefghijkl1234": shapeToken, "abcdefghijklm123": shapeDigits,
		"pqr12345": shapePrefixed, "pqrs12345": shapeDigits, "pqr1234": shapeDigits, "PQR12345": shapePrefixed,
		"v1gamma": shapeDigits, "x1": shapeDigits,
	} {
		t.Run(s, func(t *testing.T) {
			if got := shapeOf(s); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

// TestAffixes checks identifiers between literal affixes.
func TestAffixes(t *testing.T) {
	for _, tt := range []struct {
		s, prefix, suffix string
		core              shape
		ok                bool
	}{
		{"Products(1)", "Products(", ")", shapeInt, true},
		{"Products('1')", "Products('", "')", shapeInt, true},
		{"Products('red')", "Products('", "')", shapeOverflow, true},
		{"Products('')", "Products(", ")", shapeOdd, false},
		{"Products()", "", "", 0, false},
		{"Products(red)", "Products(", ")", shapeWord, false},
		{"(1)", "", "", 0, false},
		{"Products(1)x", "", "", 0, false},
		{"1x(1)", "", "", 0, false},
		{"12:cancel", "", ":cancel", shapeInt, true},
		{"12:cancel2", "", "", 0, false},
		{"12:", "", "", 0, false},
		{":cancel", "", "", 0, false},
		{"red:cancel", "", ":cancel", shapeWord, false},
		{"12.json", "", ".json", shapeInt, true},
		{"12.jsonld", "", "", 0, false},
		{"12.x", "", ".x", shapeInt, true},
		{"12.", "", "", 0, false},
		{"1.2.x", "", "", 0, false},
		{"year=2024", "year=", "", shapeInt, true},
		{"year=now", "year=", "", shapeWord, false},
		{"2=2024", "", "", 0, false},
		{"plain", "", "", 0, false},
	} {
		t.Run(tt.s, func(t *testing.T) {
			prefix, core, suffix, ok := splitAffixes(tt.s)
			if ok != tt.ok || ok && (prefix != tt.prefix || suffix != tt.suffix || core != tt.core) {
				t.Errorf("got %q, %s, %q, %t", prefix, core, suffix, ok)
			}
		})
	}
}

// TestRangeSeparator checks which texts are two revisions with dots between them.
func TestRangeSeparator(t *testing.T) {
	for s, want := range map[string]string{
		"a...b": "...", "a..b": "..", "a.b": "", "..b": "", "...b": "", "a..": "", "a...": "", "a....b": "", "a..b..c": "", "": "", "1.0...1.1": "...",
	} {
		if got := rangeSeparator(s); got != want {
			t.Errorf("%q: got %q, want %q", s, got, want)
		}
	}
}

// TestSplitPath checks the segments of paths with empty ones and with very many.
func TestSplitPath(t *testing.T) {
	for _, tt := range []struct {
		path     string
		want     []string
		trailing bool
	}{
		{"/", nil, false},
		{"/a", []string{"a"}, false},
		{"/a/", []string{"a"}, true},
		{"/a//b", []string{"a", "", "b"}, false},
		{"/a//", []string{"a", ""}, true},
		{"/a///", []string{"a", "", ""}, true},
		{"//", nil, true},
		{"//a", []string{"", "a"}, false},
		{"/a%7eb/%2fc", []string{"a~b", "/c"}, false},
		{strings.Repeat("/a", 24), strings.Split(strings.Repeat("a ", 23)+"a", " "), false},
		{strings.Repeat("/a", 26), strings.Split(strings.Repeat("a ", 23)+"a/a/a", " "), false},
	} {
		t.Run(tt.path, func(t *testing.T) {
			segments, trailing := splitPath(tt.path, nil)
			var got []string
			for _, s := range segments {
				got = append(got, s.decoded)
			}
			if strings.Join(got, " ") != strings.Join(tt.want, " ") || len(got) != len(tt.want) || trailing != tt.trailing {
				t.Errorf("got %q, %t; want %q, %t", got, trailing, tt.want, tt.trailing)
			}
		})
	}
}

// TestCodesAndNumbers checks texts that look like codes, versions or one of a series.
func TestCodesAndNumbers(t *testing.T) {
	for _, tt := range []struct {
		name string
		f    func(string) bool
		yes  string
		no   string
	}{
		{"isCode", isCode, "en DE pt-BR pt_br", "e eng 1a a1 pt.BR p1-BR pt-B1 ptxBR"},
		{"isNumbered", isNumbered, "job-12 hwb-332-3xe 3fk-ab a1b2 job_12 12345", "oauth2 job-12x job1 3d a1 1234"},
		{"isName", isName, "a A ab1 a-b a_b", "1a -a _a a.b a%20"},
		{"hasMixedTail", hasMixedTail, "a1b 1a abcdefg1 a1b2", "a1 ab12 abcdef1"},
		{"isSemver", isSemver, "1.2.3 v1.2.3 1.2.3-rc.1 1.2.3+5 1.2.3.4", "1.2 1.2. .1.2 1..2 1.2.x x1.2.3 v"},
		{"isHexID", isHexID, "1234abc 0x1234abc deadbee1 1234567", "123456 abcdefa abcdef1 12g45678 aBcdef12"},
		{"isSpokenPhrase", isSpokenPhrase, "addCustomFieldSetting listVPCPeerings usersById myKeys listAPIs ABC-users",
			"qLmXwPzRtKvB listVPCsInVPNs aBc listXzq myIdOfIt"},
		{"isGroupedCode", isGroupedCode, "1egh-2y96 a1b2-c3d4-e5f6", "1egh 1egh-2y9 1eg-2y9 1egh-abcd ipv4-ipv6 1egh-2y.6 1egh-2y_6"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for s := range strings.FieldsSeq(tt.yes) {
				if !tt.f(s) {
					t.Errorf("%q: false", s)
				}
			}
			for s := range strings.FieldsSeq(tt.no) {
				if tt.f(s) {
					t.Errorf("%q: true", s)
				}
			}
		})
	}
	for _, tt := range []struct {
		s     string
		depth int
		want  bool
	}{
		{"2", 0, true}, {"2", 2, true}, {"2", 3, false}, {"12", 0, false},
		{"1.1", 0, true}, {"1.10", 2, true}, {"1.1.1", 1, true}, {"1.1.1", 2, false}, {"2024.10.11", 0, false},
		{"v20.0.0", 3, true}, {"v20.0.0", 4, false}, {"1.1", 3, true}, {"1.10", 3, false}, {"1.1", 4, false}, {"2024-01", 1, true}, {"202-401", 1, false},
		{"2010-04-01", 0, true}, {"2010-04-01", 3, false}, {"2010-04-01T00:00:00Z", 0, false}, {"abc", 0, false},
	} {
		if got := mayBeVersion(tt.s, shapeOf(tt.s), tt.depth); got != tt.want {
			t.Errorf("mayBeVersion(%q) at depth %d: %t, want %t", tt.s, tt.depth, got, tt.want)
		}
	}
}
