package redact_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact/mark"
)

// edge is a text that is just long or regular enough to be redacted, or just not. What is redacted
// is between « and ».
type edge struct{ name, text string }

// checkEdges redacts each text and compares what is left of it.
func checkEdges(t *testing.T, edges []edge) {
	t.Helper()
	for _, tt := range edges {
		t.Run(tt.name, func(t *testing.T) {
			t.Helper()
			want := tt.text
			for strings.Contains(want, "«") {
				before, rest, _ := strings.Cut(want, "«")
				_, after, _ := strings.Cut(rest, "»")
				want = before + "[]" + after
			}
			got := red.Text(strings.NewReplacer("«", "", "»", "").Replace(tt.text))
			marked := emptied(got)
			want = emptied(want)
			if marked != want {
				t.Errorf("%s\ngot  %s\nwant %s", tt.text, got, want)
			}
		})
	}
}

// emptied returns s with [] in place of each placeholder.
func emptied(s string) string {
	for {
		start, end, ok := mark.Next(s)
		if !ok {
			return s
		}
		s = s[:start] + "[]" + s[end:]
	}
}

// letters returns n letters and digits that look random.
func letters(n int) string {
	return strings.Repeat("aZ3kP9qR7tY2wE5uI8oL1mN4bV6cX0sD", 1+n/32)[:n]
}

func TestEmailEdges(t *testing.T) {
	checkEdges(t, []edge{
		{"shortest", "«a@b.co»"},
		{"top-level domain of one letter", "a@b.c"},
		{"no dot", "a@localhost"},
		{"end of a sentence", "to «joe@example.com»."},
		{"end of a sentence without a domain", "to joe@example."},
		{"dot first", "joe@.com"},
		{"separators before", "--«joe@example.com»"},
		{"only separators", "-@example.com"},
		{"clone address", "git@example.com:a/b"},
		{"like a clone address", "«digit@example.com»:a/b"},
		{"other script", "«jürgen@müller.de», a"},
		{"symbol after", "«joe@example.com»…"},
		{"digit in the top-level domain", "joe@1.2.3x"},
		{"picture", "logo@example.png"},
		{"picture at twice the size", "icon@2x.min.png"},
		{"domain like a file", "«joe@mail.example.js»"},
		{"percent-encoded", "«joe%40example.com»"},
		{"another percent-encoding", "joe%41example.com"},
		{"in an address", "mailto:«joe@example.com»?x"},
	})
}

func TestNumberEdges(t *testing.T) {
	checkEdges(t, []edge{
		{"card", "«4242 4242 4242 4242»"},
		{"card before a sentence's end", "on «4242 4242 4242 4242»."},
		{"card before a word", "«4242 4242 4242 4242» is it"},
		{"card in three groups", "«3782 822463 10005»"},
		{"card with a letter after it", "4242 4242 4242 4242x"},
		{"wrong check digit", "4242 4242 4242 4241"},
		{"IBAN", "«DE89 3704 0044 0532 0130 00» paid"},
		{"IBAN with letters", "«GB82 WEST 1234 5698 7654 32»"},
		{"wrong IBAN", "DE88 3704 0044 0532 0130 00"},
		{"long IBAN", "«MT84 MALT 0110 0001 2345 MTLC AST0 01S»"},
		{"two blanks", "4242  4242 4242 4242"},
		{"card with hyphens", "«4242-4242-4242-4242»"},
		{"card without blanks", "«4242424242424242»"},
		{"separator before it", "--«4242 4242 4242 4242»"},
	})
}

func TestPhraseEdges(t *testing.T) {
	checkEdges(t, []edge{
		{"password of six characters", "password «abc123» x"},
		{"of five", "password abc12 x"},
		{"said, of four", "the password is «ab1c»"},
		{"said, of three", "the password is ab1"},
		{"without digits", "the password is required"},
		{"equals", "password = «ab1c»"},
		{"colon", "the secret : «ab1c»"},
		{"colon after the verb", "passphrase is: «ab1c»"},
		{"pin", "pin is «4829»"},
		{"pin, not said", "pin 482913"},
		{"one-time password, not said", "otp «482913»"},
		{"digits only, not said", "bearer 482913"},
		{"code of a verification", "verification code is «482913»"},
		{"code of an error", "error code is 482913"},
		{"code, not said", "verification code «482913»"},
		{"two groups", "verification code is «482 913»"},
		{"two groups, the second too short", "login code is «4829» 1."},
		{"number after the code", "login code is «4829» 12345678."},
		{"number and a word", "login code is «482913» now"},
		{"end of a sentence", "token is «ab1c»."},
		{"capitals", "Your PASSWORD is «ab1c»"},
		{"other word", "passport is ab1cdef"},
	})
}

func TestOptionEdges(t *testing.T) {
	checkEdges(t, []edge{
		{"user and password", "curl -u bob:«swordfish» x"},
		{"of another program", "chown -u bob:swordfish x"},
		{"far from the program", "curl" + strings.Repeat(" a", 600) + " -u bob:swordfish"},
		{"no password", "curl -u bob x"},
		{"empty password", "curl -u bob: x"},
		{"no user", "curl -u :swordfish x"},
		{"long option", "curl --user bob:«swordfish»"},
		{"proxy", `curl --proxy-user "bob:«swordfish»"`},
		{"secret", "tool --password «swordfish» -x"},
		{"secret in quotes", "tool --api-key '«swordfish»'"},
		{"one hyphen", "tool -password swordfish -x"},
		{"another option after it", "tool --password -x"},
		{"variable", "tool --password $PASSWORD"},
		{"nothing after it", "tool --password "},
		{"pipe after it", "tool --token «swordfish»|x"},
		{"no secret", "tool --colour swordfish"},
	})
}

func TestTokenEdges(t *testing.T) {
	chat := func(team, hook, n int) string {
		return "/T" + strings.Repeat("0", team-1) + "/B" + strings.Repeat("0", hook-1) + "/"
	}
	checkEdges(t, []edge{
		{"webhook", chat(9, 9, 0) + "«" + strings.Repeat("aB1", 7)[:20] + "»"},
		{"webhook, short secret", chat(9, 9, 0) + strings.Repeat("aB1", 7)[:19]},
		{"webhook, short team", chat(8, 9, 0) + strings.Repeat("aB1", 7)[:20]},
		{"webhook, longest team", chat(14, 14, 0) + "«" + strings.Repeat("aB1", 8) + "»"},
		{"webhook, long team", chat(15, 9, 0) + strings.Repeat("aB1", 7)[:20]},
		{"webhook, short hook", chat(9, 8, 0) + strings.Repeat("aB1", 7)[:20]},
		{"hash of a password", "hash «$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy», x"},
		{"hash at the end of a sentence", "«$1$" + letters(20) + "»."},
		{"short hash", "$1$" + letters(19)},
		{"unknown scheme", "$9$" + strings.Repeat("ab", 12)},
		{"bot", "«12345678:AA" + strings.Repeat("ab", 16) + "»"},
		{"bot in a path", "/bot«123456789:AA" + strings.Repeat("ab", 16) + "»/getMe"},
		{"bot, short number", "1234567:AA" + strings.Repeat("ab", 16)},
		{"bot, longest number", "«123456789012:AA" + strings.Repeat("ab", 16) + "»"},
		{"bot, long number", "1234567890123:AA" + strings.Repeat("ab", 16)},
		{"bot, short token", "12345678:AA" + strings.Repeat("ab", 15)},
		{"bot, long token", "12345678:AA" + strings.Repeat("ab", 19)},
		{"private key", "a «-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----» b"},
		{"private key, cut", "a «-----BEGIN EC PRIVATE KEY-----\nMIIB"},
		{"public key", "-----BEGIN PUBLIC KEY-----\n" + letters(40) + "\n-----END PUBLIC KEY----- pin is «4829»"},
		{"certificate, then a key", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n«-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----»"},
	})
}

func TestAddressEdges(t *testing.T) {
	checkEdges(t, []edge{
		{"user and password", "https://u:«p»@h.example/a"},
		{"user", "https://«u»@h.example/a"},
		{"empty user", "https://@h.example/a"},
		{"clone address", "ssh://git@h.example/a"},
		{"at in the path", "https://h.example/a@b"},
		{"at in the query", "https://h.example?a@b"},
		{"at in the password", "https://u:«p@q»@h.example/a"},
		{"no host", "https:// a@b"},
		{"segment after a secret's name", "https://h.example/reset/token/«swordfish7x»/a"},
		{"of four characters", "GET /login/password/«abc1» now"},
		{"of three", "GET /login/password/abc now"},
		{"end of a sentence", "see /reset/token/«swordfish7x»."},
		{"literal", "see /oauth/token/refresh now"},
		{"database", "dsn bob:«swordfish»@tcp(127.0.0.1)/db"},
		{"database on a socket", "dsn='bob:«swordfish»@unix(/a)/db'"},
		{"database, percent-encoded", "dsn=bob:«swordfish»%40tcp(127.0.0.1)"},
		{"database without a password", "bob@tcp(127.0.0.1)/db"},
	})
}

func TestQuoteEdges(t *testing.T) {
	checkEdges(t, []edge{
		{"escaped quotes", `{\"password\":\"«a\\b»\",\"x\":\"y\"}`},
		{"escaped quote in the value", `"password":"«a\"b»","x":"y"`},
		{"doubled quote", `password='«a''b»', x='y'`},
		{"empty", `"password":"","x":"y"`},
		{"not closed", `"password":"«a b`},
		{"three quotes", `password = """«a b»""" c`},
		{"back quotes", "password=`«a b»` c"},
		{"entity", `{&quot;password&quot;:&quot;«a b»&quot;,&quot;x&quot;:1}`},
		{"percent-encoded", "token%3D«ab%2Bcd»%26x%3D1"},
		{"percent-encoded with a blank after it", "token%3D«ab%2Bcd»%20x"},
		{"percent-encoded in quotes", `"token%3D«ab%2Bcd»" x`},
		{"percent-encoded twice", "token%253D«ab%26cd%252Bef»%2526x%253D1"},
		{"not percent-encoded correctly", "token%3D«ab%2»"},
		{"list", "password=[«a, b»] c"},
		{"comments", "password /* one */ = /* two */ «abc» c"},
		{"comment not closed", "password /* = abc"},
		{"two colons", "password:: «abc» c"},
		{"walrus", "password := «abc» c"},
		{"double equals", "password == «abc» c"},
		{"arrow of a hash", "password => «abc» c"},
		{"arrow", "password -> «abc» c"},
		{"greater", "password > abc c"},
		{"nothing after it", "password="},
		{"blanks after it", "password=  "},
		{"member of a bracket", "user[password]=«abc»&a=b"},
		{"bracket not closed", "password[0=abc"},
		{"encoded twice", "user%255Bpassword%255D=«abc»&a=b"},
		{"cookies of a header", "Cookie: «a=b; c=d»\nAccept: e"},
		{"coordinates of a package", "io.example.token:module"},
	})
}

// TestRepeatedSecretEdges checks which secrets are searched for in the rest of a flow: those that
// cannot be ordinary words or numbers.
func TestRepeatedSecretEdges(t *testing.T) {
	for _, tt := range []struct {
		name, secret string
		found        bool
	}{
		{"six characters with a digit", "abcde1", true},
		{"five", "abcd1", false},
		{"thirteen letters", "abcdefghijklm", false},
		{"fourteen letters", "abcdefghijklmn", true},
		{"words", "abc def ghi jkl mno", false},
		{"words with a digit", "abc def ghi 1", true},
		{"digits", "1234567890", false},
		{"longest", strings.Repeat("ab1 ", 1024), true},
		{"too long", strings.Repeat("ab1 ", 1024) + "a", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := flow.Flow{
				Err:     "<" + tt.secret + ">",
				Request: flow.Request{Header: header("X-Api-Key", tt.secret)},
			}
			if got := red.Flow(f).Err; strings.Contains(got, tt.secret) == tt.found {
				t.Errorf("%.80s", got)
			}
		})
	}
}

// TestRepeatedSecretsAreBounded checks that only the first secrets of a flow are searched for.
func TestRepeatedSecretsAreBounded(t *testing.T) {
	const bound = 64
	secret := func(i int) string { return fmt.Sprintf("<swordfish%dx>", 100+i) }
	var f flow.Flow
	for i := range bound + 1 {
		f.Request.Header = append(f.Request.Header, flow.Field{Name: "X-Api-Key", Value: secret(i)})
	}
	for i, found := range map[int]bool{0: true, bound - 1: true, bound: false} {
		f.Err = "at " + secret(i)
		if got := red.Flow(f).Err; strings.Contains(got, secret(i)) == found {
			t.Errorf("secret %d: %s", i, got)
		}
	}
}

// TestEveryByte finds a secret whatever bytes stand around it, also those that no text has.
func TestEveryByte(t *testing.T) {
	for c := range 256 {
		b := string([]byte{byte(c)})
		for _, text := range []string{b + " password=swordfish7x", "password=swordfish7x " + b, b} {
			if got := red.Text(text); strings.Contains(got, secretHere) {
				t.Errorf("%q: %q", text, got)
			}
		}
	}
}
