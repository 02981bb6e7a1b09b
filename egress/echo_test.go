package egress

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// each writes every byte of s in a format.
func each(format, s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, format, s[i])
	}
	return b.String()
}

func TestHide(t *testing.T) {
	const secret = "kX9/tQ2+vB7=zR4wL0mN"
	for _, x := range []struct{ name, form string }{
		{"plain", secret},
		{"hex", hex.EncodeToString([]byte(secret))},
		{"upper-case hex", strings.ToUpper(hex.EncodeToString([]byte(secret)))},
		{"percent", each("%%%02x", secret)},
		{"percent of some", url.QueryEscape(secret)},
		{"percent twice", url.QueryEscape(each("%%%02X", secret))},
		{"percent four times", url.QueryEscape(url.QueryEscape(url.QueryEscape(each("%%%02X", secret))))},
		{"percent in JSON in HTML", each("&#x%x;", strings.ReplaceAll(each("%%%02x", secret), "%", `\u0025`))},
		{"JSON escapes", each(`\u%04x`, secret)},
		{"JSON escapes of escapes", each(`\\u%04x`, secret)},
		{"JavaScript escapes", each(`\x%02x`, secret)},
		{"escaped slash", strings.ReplaceAll(secret, "/", `\/`)},
		{"decimal entities", each("&#%d;", secret)},
		{"hex entities", each("&#x%X;", secret)},
		{"named entities", strings.NewReplacer("+", "&plus;", "=", "&equals;").Replace(secret)},
		{"base64", base64.StdEncoding.EncodeToString([]byte(secret))},
		{"base64 of more", base64.StdEncoding.EncodeToString([]byte("Bearer " + secret + " and more"))},
		{"base64 behind three bytes", base64.URLEncoding.EncodeToString([]byte("abc" + secret + " and more"))},
		{"base64 at another offset", base64.URLEncoding.EncodeToString([]byte("a" + secret + "b"))},
		{"base64 at a third offset", base64.URLEncoding.EncodeToString([]byte("ab" + secret + "b"))},
		{"reversed", reverse(secret)},
		{"small letters", strings.ToLower(secret)},
		{"capitals", strings.ToUpper(secret)},
		{"escaped small letters", each(`\u%04x`, strings.ToLower(secret))},
		{"halves", secret[:10] + `","b":"` + secret[10:]},
		{"first part", secret[:15]},
	} {
		t.Run(x.name, func(t *testing.T) {
			got := string(HideEcho([]byte(`{"a":"`+x.form+`"}`), "(hidden)", secret))
			if !strings.Contains(got, "(hidden)") || !strings.HasPrefix(got, `{"a":"`) || !strings.HasSuffix(got, `"}`) {
				t.Fatal(got)
			}
			for i := len(x.form) / 4; i+10 <= len(x.form)*3/4; i++ { // the ends may belong to other text
				if strings.Contains(got, x.form[i:i+10]) {
					t.Fatalf("%s remains in %s", x.form[i:i+10], got)
				}
			}
		})
	}
}

// TestHideWhole checks that nothing of a secret stays where a form of it, or another secret, is a
// part of it.
func TestHideWhole(t *testing.T) {
	const secret, longer = "kX9tQ2vB7zR4", "kX9tQ2vB7zR4-wL0mN5pS8"
	padded := base64.StdEncoding.EncodeToString([]byte(secret + "7"))
	for _, x := range []struct {
		name, text, want string
		secrets          []string
	}{
		{"a secret within another", "a " + longer + " b", "a (hidden) b", []string{secret, longer}},
		{"the shorter one", "a " + secret + " b", "a (hidden) b", []string{longer, secret}},
		{"base64 with padding", "a " + padded + " b", "a (hidden) b", []string{secret + "7"}},
		{"twice", secret + secret, "(hidden)(hidden)", []string{secret}},
		{"escapes at both ends", each("%%%02x", secret), "(hidden)", []string{secret}},
		{"escapes that follow each other", each("&#%d;", secret) + each(`\u%04x`, secret) + "%20b and%20c", "(hidden) and%20c", []string{secret}},
		{"two with escapes, the shorter first", each("%%%02x", secret[1:]) + " &amp; " + each("%%%02x", longer) + " .", "(hidden) &amp; (hidden) .", []string{longer, secret[1:]}},
		{"within JSON in JSON", `{"a":"{\"b\":\"` + each("%%%02x", secret) + `\",\"c\":\"d\\n\"}"}`, `{"a":"{\"b\":\"(hidden)\",\"c\":\"d\\n\"}"}`, []string{secret}},
		{"JSON of other characters", `{"a":"pa \"ss\\wo rd\u0001"}`, `{"a":"(hidden)"}`, []string{"pa \"ss\\wo rd\x01"}},
		{"none", "a text", "a text", nil},
	} {
		t.Run(x.name, func(t *testing.T) {
			if got := string(HideEcho([]byte(x.text), "(hidden)", x.secrets...)); got != x.want {
				t.Errorf("got %s, want %s", got, x.want)
			}
		})
	}
	for length, want := range map[int]string{MinEchoLength - 1: "s", MinEchoLength: "(hidden)"} {
		v := strings.Repeat("s", length)
		if got := string(HideEcho([]byte(v), "(hidden)", v)); !strings.HasPrefix(got, want) {
			t.Errorf("of a secret of %d bytes: %s, want %s", length, got, want)
		}
	}
}

func TestHideKeepsOthers(t *testing.T) {
	for _, x := range []struct{ name, secret, text string }{
		{"other text", "kX9/tQ2+vB7=", `{"a":"100%25 \u0041 &amp; more"}`},
		{"short secret", "short", "a short text"},
		{"half of a short secret", "password123", "password"},
		{"other escapes beside it", "kX9/tQ2+vB7=", `<a href="/x%2Fy?a=b&amp;c=%20d" title="a&#x2F;b">\u00e9\\n</a>`},
		{"broken escapes", "secretsecret", `% \u00 & \`},
	} {
		t.Run(x.name, func(t *testing.T) {
			if got := string(HideEcho([]byte(x.text), "(hidden)", x.secret)); got != x.text {
				t.Errorf("got %s", got)
			}
		})
	}
}

func FuzzHide(f *testing.F) {
	f.Add(`{"a":"\u0073ecret%73 &#115;ecretsecret"}`, "secretsecret")
	f.Fuzz(func(t *testing.T, text, secret string) {
		if len(text) > 1<<12 || len(secret) > 1<<8 {
			return
		}
		got := string(HideEcho([]byte(text), "\x00", secret))
		if len(secret) >= MinEchoLength && !strings.Contains(secret, "\x00") && strings.Contains(got, secret) {
			t.Errorf("%q remains in %q", secret, got)
		}
	})
}
