package rules

import (
	"strings"
	"testing"
)

// gitleaksFile is a file of rules as projects have it.
const gitleaksFile = `
title = "rules of acme"
[extend]
useDefault = true

[[rules]]
id = "acme-token"
description = "Acme token"
regex = '''(?i)\b(acme_[a-z0-9]{12})(?:[\x60'"\s;]|\\[nr]|$)'''
entropy = 2
keywords = ["acme_"]
tags = ["key"]

[[rules]]
id = "acme-assignment"
regex = '''(?i)[\w.-]{0,50}?(?:acme)(?:[ \t\w.-]{0,20})[\s'"]{0,3}(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)[\x60'"\s=]{0,5}([a-z0-9]{20})(?:[\x60'"\s;]|\\[nr]|$)'''
secretGroup = 1
keywords = ["acme"]
[[rules.allowlists]]
condition = "AND"
regexes = ['''^a''']
stopwords = ["example"]
[[rules.allowlists]]
regexTarget = "line"
regexes = ['''gitleaks:allow''']

[[rules]]
id = "key-files"
path = '''(?i)\.p12$'''

[[rules]]
id = "short"
regex = '''zz-[0-9]+'''

[allowlist]
paths = ['''testdata/''']
stopwords = ["dummy"]
`

// TestLoad applies a file of rules: groups, entropy, allowlists, and rules that do not apply.
func TestLoad(t *testing.T) {
	tokens, report, err := Load([]byte(gitleaksFile))
	if err != nil || report != (Report{Rules: 3, Extends: true}) {
		t.Fatalf("%+v, %v", report, err)
	}
	far := strings.Repeat("far ", 10_000)
	for _, tt := range []struct{ text, want string }{
		{`x = "«acme_1a2b3c4d5e6f»"`, "acme-token"},
		{far + `"«ACME_1A2B3C4D5E6F»" ` + far, "acme-token"},
		{"acme_aaaaaaaaaaaa", ""},                                     // entropy
		{"acme_1a2b3c4dummy", ""},                                     // of the whole file
		{`my.acme.key = "«b1c2d3e4f5b1c2d3e4f5»"`, "acme-assignment"}, // the group alone
		{`acme: aexampleexampleexamp`, ""},                            // both
		{`acme: «bexampleexampleexamp»`, "acme-assignment"},           // one of both
		{`acme: b1c2d3e4f5b1c2d3e4f5 # gitleaks:allow`, ""},
		{"no keyword zz«»", ""},
		{far + "«zz-4711»", "short"}, // without keywords
		{"zz-", ""},
	} {
		text := strings.NewReplacer("«", "", "»", "").Replace(tt.text)
		found := tokens.Find(nil, text)
		if tt.want == "" {
			if len(found) > 0 {
				t.Errorf("%s: %s", tt.text, describe(found, text))
			}
			continue
		}
		if len(found) != 1 || found[0].Rule.ID != tt.want || text[:found[0].Start]+"«"+text[found[0].Start:found[0].End]+"»"+text[found[0].End:] != tt.text {
			t.Errorf("%.60s: %s", tt.text, describe(found, text))
		}
	}
}

// TestLoadErrors refuses files that cannot be applied, and names the rule.
func TestLoadErrors(t *testing.T) {
	rule := func(id, rest string) string { return "[[rules]]\nid = \"" + id + "\"\n" + rest + "\n" }
	for _, tt := range []struct{ file, want string }{
		{"[[rules]\n", "toml"},
		{"[extend]\npath = \"other.toml\"\n", "extends another"},
		{rule("r", "regex = '(?=a)b'"), `"r": regex: `},
		{rule("r", "regex = 'a*'"), "empty text"},
		{rule("r", "regex = ''"), "empty text"},
		{rule("r", "regex = '(?:(?:abcdefghij){1,30}k){1,30}'"), "states"},
		{rule("r", "regex = '(a)b'\nsecretGroup = 2"), "secretGroup"},
		{rule("r", "regex = 'a'\nkeywords = ['a']\n[[rules.allowlists]]\nregexes = ['(']"), `"r": allowlist`},
		{rule("r", "regex = 'a'\n[[rules.allowlists]]\nstopwords = ['']"), "stopword"},
		{strings.Repeat(rule("r", "regex = 'a'\nkeywords = ['aaa']"), maxRules+1), "1001 rules"},
		{strings.Repeat(rule("r", "regex = 'a'"), maxAlways+1), "no keywords"},
		{strings.Repeat("#", maxBytes+1), "bytes"},
	} {
		if _, _, err := Load([]byte(tt.file)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%.80q: %v, want %q", tt.file, err, tt.want)
		}
	}
}

// FuzzLoad loads any file and searches any text with it, and with the built-in tables.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(gitleaksFile), `acme: "acme_1a2b3c4d5e6f" zz-1`)
	f.Add([]byte("[[rules]]\nregex='a|^b$'\nkeywords=['a','']\n"), "ab\xffa")
	f.Add([]byte("[[rules]]\nregex='(x)?\\\\b(y+)'\nkeywords=['y']\nsecretGroup=1\n"), "Your code is 482913, yy")
	f.Fuzz(func(t *testing.T, file []byte, text string) {
		tables := []*Tokens{BuiltIn(), codes(), {}}
		if tokens, _, err := Load(file); err == nil {
			tables = append(tables, tokens)
		}
		for _, tokens := range tables {
			end := 0
			for _, m := range tokens.Find(nil, text) {
				if m.Start < end || m.End <= m.Start || m.End > len(text) || m.Rule == nil {
					t.Fatalf("match %d to %d after %d of %d bytes", m.Start, m.End, end, len(text))
				}
				end = m.End
			}
		}
	})
}
