package redact_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/flow/redact/grant"
	"github.com/spectap/spectap/flow/redact/mark"
)

// The tests of this file check every entry of the lists that the finders have: each prefix, label,
// header, program and function. One that is lost is a kind of secret that is no longer found.

// eachLine calls f with the lines of a file in testdata that are neither empty nor comments.
func eachLine(t *testing.T, file string, f func(line string)) {
	t.Helper()
	data, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimRight(line, "\n"); line != "" && !strings.HasPrefix(line, "#") {
			f(line)
			n++
		}
	}
	if n < 10 {
		t.Errorf("%s has %d lines", file, n)
	}
}

// TestTokenPrefixes checks for each prefix in testdata/prefixes.txt, with the least number of
// characters after it, that such a token is found, and that a shorter one is not.
func TestTokenPrefixes(t *testing.T) {
	bodies := map[string]string{"mixed": strings.Repeat("aZ3kP9qR7t", 20), "hex": strings.Repeat("0a1b2c3d4e", 20),
		"capitals": strings.Repeat("A2B3C4D5E6", 20)}
	eachLine(t, "prefixes.txt", func(line string) {
		var prefix, kind string
		var least int
		if _, err := fmt.Sscan(line, &prefix, &least, &kind); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if got, ok := form.Known(prefix + bodies[kind][:least]); !ok || got != form.Token {
			t.Errorf("%s and %d characters is %q", prefix, least, got)
		}
		if got, ok := form.Known(prefix + bodies[kind][:least-1]); ok {
			t.Errorf("%s and %d characters is %q", prefix, least-1, got)
		}
	})
}

// TestLabelsOfCodes checks the labels of codes in testdata/labels.txt, in many languages.
func TestLabelsOfCodes(t *testing.T) {
	eachLine(t, "labels.txt", func(label string) {
		texts := []string{label + ": 482913"}
		if !strings.HasPrefix(label, "κ") { // the capital of a final sigma is that of another letter, too
			texts = append(texts, "X "+strings.ToUpper(label)+" 482913.")
		}
		for _, text := range texts {
			if got := red.Text(text); strings.Contains(got, "482913") {
				t.Errorf("%s: %s", text, got)
			}
		}
	})
	for _, joiner := range strings.Fields("lautet ist est es è é is är er on este to je jest là adalah ialah") {
		if text := "Ihr Bestätigungscode " + joiner + " 482913"; strings.Contains(red.Text(text), "482913") {
			t.Errorf("%s: %s", text, red.Text(text))
		}
	}
	for _, joiner := range strings.Fields("是 为 為 は が 는 은 이 คือ है הוא هو") {
		if text := "验证码" + joiner + "482913"; strings.Contains(red.Text(text), "482913") {
			t.Errorf("%s: %s", text, red.Text(text))
		}
	}
	checkEdges(t, []edge{
		{"four digits", "Einmalcode lautet «4829»"},
		{"three digits", "Einmalcode lautet 482"},
		{"eight digits", "Einmalcode lautet «48291357»"},
		{"nine digits", "Einmalcode lautet 482913570"},
		{"a point and digits", "Einmalcode lautet 4829.13"},
		{"a point", "Einmalcode lautet «4829»."},
		{"a time", "Einmalcode lautet 4829:13"},
		{"a comma and digits", "Einmalcode lautet 4829,13"},
		{"a colon", "Einmalcode lautet «4829»: ja"},
		{"the end of another word", "Xeinmalcode lautet 482913"},
		{"a word between", "Einmalcode kommt 482913"},
		{"a joiner that ends a word", "Einmalcode xist 482913"},
	})
}

// TestHeaderLists checks what is redacted in the headers that have rules of their own. In a header
// of identifiers, random words stay; in one of secrets, no word does.
func TestHeaderLists(t *testing.T) {
	random := letters(40)
	for _, tt := range []struct{ kind, headers, value, want string }{
		{"secrets", `Authorization Proxy-Authorization Authentication X-Authentication Authentication-Info
			Proxy-Authentication-Info X-Authorization X-Forwarded-Authorization X-Original-Authorization X-Auth
			X-Goog-Iam-Authorization-Token X-Amz-Security-Token X-Forwarded-Client-Cert
			X-Ms-Authorization-Auxiliary`, "swordfish", "[]"},
		{"cookies", "Cookie Cookie2", "a=swordfish; b=two", "a=[]; b=[]"},
		{"new cookies", "Set-Cookie Set-Cookie2", "a=swordfish; Path=/", "a=[]; Path=/"},
		{"identifiers", `ETag If-Match If-None-Match If-Range Content-Security-Policy
			Content-Security-Policy-Report-Only Sec-WebSocket-Key Sec-WebSocket-Accept Traceparent Tracestate
			Digest Content-Digest Repr-Digest Want-Digest Content-MD5 X-Amz-Cf-Id X-Amz-Id-2 X-Amz-Request-Id
			X-Amzn-Trace-Id X-Request-Id CF-Ray X-Cache Via Server-Timing Report-To NEL Reporting-Endpoints Alt-Svc
			Accept-CH WWW-Authenticate Proxy-Authenticate Access-Control-Allow-Headers
			Access-Control-Expose-Headers Access-Control-Request-Headers Vary Content-Type Accept Date User-Agent
			Server Signature-Input`, random, random},
		{"others", "X-Other X-Note Allow", random, "[]"},
		{"addresses", "Location Content-Location Referer Origin Refresh", "https://a.example/x?token=swordfish&page=2",
			"https://a.example/x?token=[]&page=2"},
		{"files", "Content-Disposition", `attachment; filename="ann.lee@example.com.txt"`, `attachment; filename="[]"`},
		{"protocols", "Sec-WebSocket-Protocol", "chat, bearer, swordfish, v2", "chat, bearer, [], v2"},
		{"links", "Link", `<https://a.example/?token=swordfish>; rel="next"`, `<https://a.example/?token=[]>; rel="next"`},
		{"keys", "X-Partner-Key", random, "[]"},
		{"signatures", "X-Hub-Signature-256 X-Shop-Hmac-Sha256 X-Amz-Signature", "swordfish", "[]"},
		{"about signatures", `X-Signature-Timestamp X-Signature-Version X-Signature-Method X-Signature-Algorithm
			X-Signature-Alg X-Signature-KeyId X-Signature-Id X-Signature-Type X-Signature-Headers X-Signature-Date
			X-Signature-Expires X-Signature-Nonce Signature-Agent`, "swordfish", "swordfish"},
	} {
		for _, name := range strings.Fields(tt.headers) {
			for _, name := range []string{name, strings.ToLower(name), strings.ToUpper(name)} {
				if got := emptied(red.HeaderValue(name, tt.value)); got != tt.want {
					t.Errorf("%s, %s: %s, want %s", tt.kind, name, got, tt.want)
				}
			}
		}
	}
}

// TestSchemes checks that the names of authentication schemes stay, and what follows them does not.
func TestSchemes(t *testing.T) {
	for scheme := range strings.FieldsSeq(`Basic Bearer Digest Negotiate NTLM Hawk OAuth DPoP Token ApiKey Api-Key
		HMAC AWS4-HMAC-SHA256 AWS4-ECDSA-P256-SHA256 SharedKey SharedKeyLite GoogleLogin Key JWT Mutual
		SCRAM-SHA-256 SCRAM-SHA-1 vapid Signature SSWS Splunk GenieKey`) {
		if got, want := emptied(red.HeaderValue("Authorization", scheme+"  swordfish")), scheme+"  []"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	for _, value := range []string{"Sword fish", "ab swordfish", "Bearers swordfish", strings.Repeat("x", 30) + " y"} {
		if got := emptied(red.HeaderValue("Authorization", value)); got != "[]" {
			t.Errorf("%s: %s", value, got)
		}
	}
}

// TestCommands checks the commands in testdata/commands.txt. The passwords are between « and ».
func TestCommands(t *testing.T) {
	eachLine(t, "commands.txt", func(line string) { checkEdges(t, []edge{{line, line}}) })
}

// TestCalls checks the calls and expressions of programs in testdata/calls.txt.
func TestCalls(t *testing.T) {
	eachLine(t, "calls.txt", func(line string) { checkEdges(t, []edge{{line, line}}) })
}

// TestStatesOfFilters checks that a state that selects things is not taken for that of a grant.
func TestStatesOfFilters(t *testing.T) {
	for state := range strings.FieldsSeq(`open opened closed all any active inactive pending enabled disabled merged
		draft published archived deleted completed done failed success running queued new started stopped cancelled
		canceled resolved unresolved online offline DE`) {
		if got, want := emptied(red.Text("?state="+state+"&client_id=a")), "?state="+state+"&client_id=a"; got != want {
			t.Errorf("%s: %s", state, got)
		}
		if !grant.IsFilterState(state) {
			t.Errorf("%s does not select", state)
		}
	}
	for _, state := range []string{"opening", "De", "D", "DEU", "de"} {
		if grant.IsFilterState(state) {
			t.Errorf("%s selects", state)
		}
	}
	if !grant.IsFilterState("") {
		t.Error("an empty state does not select")
	}
}

// TestMarks checks the form of placeholders.
func TestMarks(t *testing.T) {
	for kind := range strings.FieldsSeq("secret token jwt key email card id") {
		good := "[redacted:" + kind + ":0123456789]"
		if !mark.Is(good) || !mark.IsPair(good) || !mark.IsPair(good+":"+good) || mark.IsPair(good+","+good) || mark.IsPair(good+":x") {
			t.Errorf("%s is no placeholder", good)
		}
		for _, bad := range []string{good[:len(good)-1], good + "x", "x" + good, strings.Replace(good, "9]", "g]", 1),
			strings.Replace(good, "9]", "A]", 1), strings.Replace(good, "9]", "99]", 1), strings.Replace(good, "9]", "]", 1),
			strings.Replace(good, kind, kind+"s", 1), strings.Replace(good, "0", "/", 1), strings.Replace(good, "0", ":", 1),
			strings.Replace(good, "0", "`", 1)} {
			if mark.Is(bad) {
				t.Errorf("%s is a placeholder", bad)
			}
		}
	}
}

// TestBytesBelowSecret redacts a list of bytes below the name of a secret as a whole.
func TestBytesBelowSecret(t *testing.T) {
	const key = "[174, 47,\n154,\r\n\t16,202,193,206,113,199,190,53,133,169,175,31,56]"
	buffer := func(name, data string) string { return `{"` + name + `":{"type":"Buffer","data":` + data + `},"n":1}` }
	for _, bytes := range []string{key, strings.Replace(key, "174", "255", 1), strings.Replace(key, "174", "0", 1)} {
		if got, want := string(red.JSON([]byte(buffer("privateKey", bytes)))), buffer("privateKey", `"[]"`); emptied(got) != want {
			t.Errorf("got %s", got)
		}
	}
	for _, text := range []string{
		buffer("publicKey", key), buffer("privateKey", "[1,2,3]"), buffer("privateKey", "[]"),
		buffer("privateKey", strings.Replace(key, "174", "256", 1)), buffer("privateKey", strings.Replace(key, "174", "-1", 1)),
		buffer("privateKey", strings.Replace(key, "174", "", 1)), buffer("privateKey", strings.Replace(key, "174, ", "", 1)),
	} {
		if got := string(red.JSON([]byte(text))); strings.Contains(got, "47") != strings.Contains(text, "47") {
			t.Errorf("got %s", got)
		}
	}
}
