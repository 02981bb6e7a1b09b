package form_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow/redact/form"
)

// TestTokenBodies checks what must follow a prefix that is short enough to begin other words: so
// many characters of a kind, or digits among letters.
func TestTokenBodies(t *testing.T) {
	hex, mixed := strings.Repeat("0a1b2c3d", 6), strings.Repeat("aZ3kP9qR7t", 12)
	isToken := func(w string) bool { _, ok := form.Known(w); return ok }
	for prefix := range strings.FieldsSeq("SK AC dapi key- private-") {
		judge(t, isToken, []string{prefix + hex[:32]},
			[]string{prefix + hex[:31] + "g", prefix + hex[:33], prefix + hex[:31] + "-"})
	}
	for prefix := range strings.FieldsSeq("fc- ico-") {
		judge(t, isToken, []string{prefix + mixed[:32]}, []string{prefix + mixed[:33], prefix + mixed[:31] + "-"})
	}
	for prefix := range strings.FieldsSeq("A3T AKIA ASIA ABIA ACCA") {
		capitals := strings.Repeat("A2B3C4D5E6", 3)
		judge(t, isToken, []string{prefix + capitals[:20]},
			[]string{prefix + capitals[:21], prefix + capitals[:19] + "a", prefix + capitals[:19] + "-"})
	}
	for prefix := range strings.FieldsSeq("rnd_ EAA re_ sl. hf_ cio oy2 LTAI live_ secret_ npm_ r8_ p8e- b.AAAAAQ") {
		filler := strings.Repeat("-", 120)
		judge(t, isToken, []string{prefix + "abcdEFGH12" + filler},
			[]string{prefix + "abcdEFGH1" + filler, prefix + "abcdEFG12" + filler})
	}
	judge(t, isToken, []string{"sk-a1b2cdefghijklmnopqr"}, []string{
		"sk-abcdefghijklmnopq-rs", "sk-abcdefghijklmnopqr1", "sk-1234567890123abcdefg",
		"sk-aaaaaaaaaaaaaaaaaa12"})
	judge(t, isToken, []string{"v1." + hex[:40]}, []string{"v1." + hex[:41], "v1." + hex[:39] + "x"})
	// base64 of {"k":" and of tok:
	judge(t, isToken, []string{"eyJrIjoi" + mixed[:60], "dG9rOm" + mixed[:42]}, []string{"eyJrIjoi" + mixed[:59] + "!", "dG9rOm" + mixed[:41] + "!"})
}

// TestTokenLengths checks the lengths of tokens without a prefix.
func TestTokenLengths(t *testing.T) {
	hex, mixed := strings.Repeat("0a1b2c3d", 6), strings.Repeat("aZ3kP9qR7t", 12)
	id := func(digits string) string {
		return strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(digits)), "=")
	}
	isToken := func(w string) bool { _, ok := form.Known(w); return ok }
	judge(t, isToken, []string{
		hex[:32] + "-us1", hex[:32] + "-us123", "abc8Q~" + mixed[:30], "abc8Q~" + mixed[:38],
		id("123456789012345678") + ".abcdef." + mixed[:25],
		id("223456789012345678") + ".abcdef." + mixed[:48],
		id("823456789012345678") + ".abcdef." + mixed[:25],
		"eyJ0eXAiOiJKV1.e30.c", "eyJ0eXAiOiJKV1QifQ.a.b.c.d",
	}, []string{
		hex[:32] + "-us", hex[:32] + "-us1234", hex[:31] + "g-us1", hex[:32] + "-ux1", hex[:32] + "_us1",
		"abc8Q~" + mixed[:29], "abc8Q~" + mixed[:39], "abcxQ~" + mixed[:30], "abc8Q-" + mixed[:30],
		id("123456789012345678") + ".abcdef." + mixed[:24],
		id("123456789012345678") + ".abcdef." + mixed[:49],
		id("123456789012345678") + ".abcde." + mixed[:25],
		id("123456789012345678") + ".abcdefg." + mixed[:25],
		id("12345678901234567x") + ".abcdef." + mixed[:25],
		id("012345678901234") + ".abcdef." + mixed[:30],
		"Q" + id("123456789012345678")[1:] + ".abcdef." + mixed[:25],
		"eyJ0eXAiOiJKV.e30.c", "eyJ0eXAiOiJKV1QifQ.a.b.c", "eyJ0eXAiOiJKV1QifQ.aa", "eyJ0eXAiOiJKV1QifQ.a.b.c.d.e",
	})
}

// TestEncodedKeyCut recognizes base64 of a private key wherever it is cut off after its first line.
func TestEncodedKeyCut(t *testing.T) {
	const head = "-----BEGIN PRIVATE KEY-----\n"
	whole := base64.StdEncoding.EncodeToString([]byte(head + strings.Repeat("MIIEvQIBADANBgkqhkiG9w0B", 4)))
	for n := base64.StdEncoding.EncodedLen(len(head)); n <= len(whole); n++ {
		if kind, ok := form.Known(whole[:n]); !ok || kind != form.Key {
			t.Errorf("%d bytes: %q", n, kind)
		}
	}
}

// TestDateLikes checks what is read as a date or time.
func TestDateLikes(t *testing.T) {
	long := "2026-11-20 " + strings.Repeat("x", 29) // 40 characters
	judge(t, form.IsDateLike, []string{"2026-11-20", "2026-11-20T10:00", "2026-11-20 10:00", "2026-11-20t", long},
		[]string{"2026-11-2", "2026-11-20x", "2026/11/20", "x026-11-20", long + "x", ""})
	judge(t, form.IsTimeLike, []string{"2026-11-20T", "2026-11-20t1", "2026-11-20T10:00:00Z"},
		[]string{"2026-11-20", "2026-11-20 ", "2026/11-20T", "2026-11/20T", "x026-11-20T", "202x-11-20T"})
}
