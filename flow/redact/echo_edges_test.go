package redact_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
)

// generated looks as if a machine made it, as keys do.
const generated = "Zq8rT2mWs4fK9pL3xV7bN1cQ"

// echo redacts the answer to a login with a password, and returns its body with [] in place of each
// placeholder.
func echo(password, answer string) string {
	_, body, _ := strings.Cut(echoed(password, answer, "x"), "\n")
	return emptied(body)
}

// TestEchoLengths checks how long a secret must be to be looked for in other parts of the flow, and
// may be: as it is, in capitals, and as a word.
func TestEchoLengths(t *testing.T) {
	mixed := strings.Repeat("a1bc2def", 600)
	for _, tt := range []struct {
		name, password, echoed string
		hidden                 bool
	}{
		{"five characters", mixed[:5], mixed[:5], false}, {"six characters", mixed[:6], mixed[:6], true},
		{"the longest", mixed[:4096], mixed[:4096], true}, {"too long", mixed[:4097], mixed[:4097], false},
		{"seven in capitals", mixed[:7], strings.ToUpper(mixed[:7]), false}, {"eight in capitals", mixed[:8], strings.ToUpper(mixed[:8]), true},
		{"the longest in capitals", mixed[:512], strings.ToUpper(mixed[:512]), true},
		{"too long in capitals", mixed[:513], strings.ToUpper(mixed[:513]), false},
		{"shorter in capitals", "ſſſſa1", "SSSSA1", false},
		{"word of seven letters", "lobster", `"lobster"`, false}, {"word of eight letters", "lobsters", `"lobsters"`, true},
		{"word of thirteen letters", "lobsterclawsx", "lobsterclawsx one", false},
		{"word of fourteen letters", "lobsterclawsxy", "lobsterclawsxy one", true},
		{"words", "blue horses run far", "blue horses run far", false}, {"words with a hyphen", "blue-horses", `"blue-horses"`, false}, {"words and a digit", "blue 4 horses", "blue 4 horses", true},
		{"words on lines", "lobsterclaws\nxyz", "lobsterclaws\nxyz", false}, {"words with a tab", "lobsterclaws\txyz", "lobsterclaws\txyz", false},
		{"digits", "48291377", "48291377", false}, {"a capital and digits", "Q8291377", "Q8291377", true},
	} {
		if got := echo(tt.password, "at "+tt.echoed+"."); strings.Contains(got, "[]") != tt.hidden {
			t.Errorf("%s: %.80s", tt.name, got)
		}
	}
}

// TestEchoHalves checks that each part of half the length of a generated secret is hidden, and no
// shorter one. Of a secret that a person made, parts are words.
func TestEchoHalves(t *testing.T) {
	for n := 16; n <= len(generated); n++ {
		secret, half := generated[:n], n/2
		for at := 0; at+half <= n; at++ {
			if got := echo(secret, "at "+secret[at:at+half]+"."); got != "at []." {
				t.Errorf("%d of %s from %d: %s", half, secret, at, got)
			}
			if short := "at " + secret[at:at+half-1] + "."; echo(secret, short) != short {
				t.Errorf("%d of %s from %d are hidden", half-1, secret, at)
			}
		}
	}
	for _, secret := range []string{generated[:15], "blue-horses-run-1"} {
		if half := "at " + secret[:len(secret)/2+1] + "."; echo(secret, half) != half {
			t.Errorf("half of %s is hidden", secret)
		}
	}
}

// TestEchoInBase64 looks for secrets whose base64 has all its digits, at each offset in what is
// encoded, and with the digits for URLs.
func TestEchoInBase64(t *testing.T) {
	for _, secret := range []string{"Zq8>rT?mW~sword4", "k3~~?>Jd92>>LqPz", "ab>>>Kd92Lq??7xZ"} {
		for offset := range 3 {
			for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
				form := encoding.EncodeToString([]byte("xyz"[:offset] + secret))
				before, last := "", form[strings.LastIndexByte(form, '/')+1:]
				if strings.IndexByte(form, '/') >= 0 && len(last) < 8 {
					continue // the digits after it may belong to the next segment of a path
				}
				if got := echo(secret, "at "+form+" x"); got != "at "+before+"[] x" {
					t.Errorf("%s: %s", form, got)
				}
			}
		}
	}
}

// TestEchoOfMore checks what is hidden with a secret in another form: the digits around base64 and
// hexadecimal, up to the next segment of a path, and nothing around other forms.
func TestEchoOfMore(t *testing.T) {
	const secret = "zq8rt2-mw4"
	h, capitals := hex.EncodeToString([]byte(secret)), strings.ToUpper(secret)
	twice := hex.EncodeToString([]byte(h))
	for answer, want := range map[string]string{
		"at abc" + capitals + "def.":          "at abc[]def.",
		"at " + capitals + capitals + ".":     "at [][].",
		"at " + capitals + "-" + capitals:     "at []-[]",
		"at abc" + h + "def.":                 "at [].",
		"at abc/" + h + "/def.":               "at abc/[]/def.",
		"at abc/" + h + "==/def.":             "at abc/[]/def.",
		"at " + h + "= x":                     "at [] x",
		"at abc/" + twice + "/def.":           "at abc/[]/def.",
		"at " + twice + "/def/abcdefgh.":      "at []/def/abcdefgh.",
		"at abc/def/" + twice + "==.":         "at abc/def/[].",
		"at " + twice + "a.":                  "at [].",
		h + " and " + capitals + ", " + twice: "[] and [], []",
	} {
		if got := echo(secret, answer); got != want {
			t.Errorf("%s: %s, want %s", answer, got, want)
		}
	}
}

// TestEchoWithin checks how often a secret may be encoded, how long the result may be, and which
// bytes are a text in which it is looked for.
func TestEchoWithin(t *testing.T) {
	const secret = "zq8rt2mw"
	of := func(s string) string { return hex.EncodeToString([]byte(s)) }
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	long := func(n int) string { return of(of(secret) + strings.Repeat("x", n/2-2*len(secret))) }
	for _, tt := range []struct {
		name, form string
		hidden     bool
	}{
		{"three times", of(of(of(secret))), true}, {"four times", of(of(of(of(secret)))), false},
		{"the shortest", b64(b64(secret)), true},
		{"the longest", long(64 << 10), true}, {"too long", long(64<<10 + 2), false},
		{"cut off", b64(of(secret) + "xyz")[:25], true},
		{"line breaks", b64("\n\r\t " + of(secret)), true}, {"the last sign", b64("~" + of(secret)), true},
		{"a control character", b64("\x1f" + of(secret)), false}, {"another", b64("x\x7f" + of(secret)), false},
		{"a control character in hexadecimal", of("\x1f" + of(secret)), false},
		{"the twelfth byte", b64("xxxxxxxxxxx\x01" + of(secret)), false}, {"the thirteenth byte", b64("xxxxxxxxxxxx\x01" + of(secret)), true},
		{"a byte of gzip without its second", b64("\x1fx" + of(secret)), false},
	} {
		if got := echo(secret, "at "+tt.form+"."); (got == "at [].") != tt.hidden || !tt.hidden && got != "at "+tt.form+"." {
			t.Errorf("%s: %.80s", tt.name, got)
		}
	}
}

// TestEchoOfMany checks how many secrets of a flow are looked for in the rest of it.
func TestEchoOfMany(t *testing.T) {
	sent, echoes := "[", ""
	for i := range 66 {
		sent += fmt.Sprintf(`{"password":"s%03dword"},`, i)
		echoes += fmt.Sprintf("s%03dword ", i)
	}
	sent = strings.TrimSuffix(sent, ",") + "]"
	got := emptied(echoedTo(sent, echoes, "X-Echo", "x"))
	if want := "x\n" + strings.Repeat("[] ", 64) + "s064word s065word "; got != want {
		t.Errorf("got %s", got)
	}
}

// TestEchoInPlaceholders checks that a secret is not looked for in placeholders, whose digits may
// have it by chance.
func TestEchoInPlaceholders(t *testing.T) {
	for i := range 20 {
		one := fmt.Sprintf("swordfish%d", i)
		placeholder := red.Value("password", one)
		other := placeholder[len("[redacted:secret:"):][:8]
		sent := fmt.Sprintf(`{"password":%q,"token":%q}`, one, other)
		want := "x\n" + placeholder + " and " + placeholder + " but " + red.Value("token", other)
		if got := echoedTo(sent, one+" and "+placeholder+" but "+other, "X-Echo", "x"); got != want && strings.ContainsAny(other, "abcdef") {
			t.Errorf("%s: %s, want %s", sent, got, want)
		}
	}
}

// TestEchoInRequest looks for a secret in all other parts of the request, and does not change the
// flow itself.
func TestEchoInRequest(t *testing.T) {
	const secret = "k3Jd92LqPz7x"
	in := flow.Flow{Err: "no " + secret, Request: flow.Request{Path: "/x/" + secret, RawQuery: "q=" + secret,
		Header: header("X-Api-Key", secret, "X-Note", secret+" a", "X-More", "b "+secret), Trailer: header("X-Note", secret),
		Body: flow.Body{Data: []byte("it is " + secret)}},
		Response: &flow.Response{Header: header("X-One", secret, "X-Two", secret)},
		Messages: []flow.Message{{FromClient: true, Data: []byte("one " + secret)}, {Data: []byte("a")}, {Data: []byte("two " + secret)}}}
	before := string(marshal(in)) + string(in.Request.Body.Data)
	f := red.Flow(in)
	if string(marshal(in))+string(in.Request.Body.Data) != before {
		t.Errorf("the flow given was changed: %+v", in)
	}
	if all := string(marshal(f)) + string(f.Request.Body.Data) + string(f.Messages[0].Data) + string(f.Messages[2].Data); strings.Contains(all, secret) {
		t.Error(all)
	}
	if string(f.Messages[1].Data) != "a" || f.Request.Body.Size != int64(len(f.Request.Body.Data)) {
		t.Errorf("%+v", f)
	}
}
