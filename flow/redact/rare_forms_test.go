package redact_test

import (
	"slices"
	"testing"

	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/flow/redact/phrase"
)

// TestRareForms checks forms in which programs and files write secrets that are seen seldom, each
// beside what is just not one.
func TestRareForms(t *testing.T) {
	checkEdges(t, []edge{
		{"repeated in one string", `printf "«sword7fish\nsword7fish»" | passwd joe` + "\n"},
		{"header of a cookie", "proxy_set_header Cookie \"color=green\";\n"},
		{"header of a token", "proxy_set_header X-Api-Key «k7d92jf83hs»;\n"},
		{"header from a variable", "proxy_set_header X-Api-Key $api_key;\n"},
		{"user of Redis", "ACL SETUSER joe on >«swordfish» ~* +@all\n"},
		{"user of Redis, no flag", "user joe >swordfish ~*\n"},
		{"user of Redis, a rule that is no hash", "ACL SETUSER joe on #abc >«swordfish» ~* +@all\n"},
		{"commands of Redis, cut", `1690000000.1 [0 127.0.0.1:1] "AUTH" "«swordfish»`},
		{"variable, cut after a word", "variable \"password\" { default"},
		{"user of Redis, no name", "ACL SETUSER >swordfish\n"},
		{"user of Redis, digest", "user joe on #«5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8» +@all\n"},
		{"user of Redis, no digest", "user joe on #5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d +@all\n"},
		{"connection string", "Driver={SQL};Uid=joe;Pwd={«a;b}}c»};Encrypt=yes"},
		{"name with an escape", "{\"pass\\u0077ord\": \"«hunter2xyz»\"}"},
		{"label with a dash", "<b>Password</b> - «hunter2xyz»"},
		{"label with a long dash", "<b>Password</b> – «hunter2xyz»"},
		{"code of a login", "G-«482913» is your verification code"},
		{"code with a letter before it", "Your verification code: G-«482913»"},
		{"groups of a code", "backup code: «abcd1-efgh2»"},
		{"member with escapes", "x=%7B%22password%22:%22«hunter2xyz»%22%7D"},
		{"member with escaped blanks", "x=%7B%22password%22%20%3A%20%22«hunter2xyz»%22%7D"},
		{"member with escapes, another name", "x=%7B%22color%22:%22hunter2xyz%22%7D"},
		{"account in code", "log in with `admin`/`«hunter2xyz»`"},
		{"account in quotes", `log in with "admin"/"«hunter2xyz»"`},
		{"account in bold", "log in with **admin** / **«hunter2xyz»**"},
		{"printed by a shell, several words", "export PASSWORD=$(echo '«sword fish»')\n"},
		{"call of Python", "credentials.append(('password', b'«hunter2xyz»'))\n"},
	})
}

// TestAliasesOfDocuments checks which aliases of a GraphQL document stand for secrets, beside comments
// and strings that look like them (GraphQL specification, section 2.1).
func TestAliasesOfDocuments(t *testing.T) {
	for document, want := range map[string][]string{
		`{ me { note: password } }`:                                  {"note"},
		`{ me { note : password, other: name, pin2: pin } }`:         {"note", "pin2"},
		"{ me { # note: password\n other: apiKey } }":                {"other"},
		"{ me { # note: password\r other: apiKey } }":                {"other"},
		`{ me { # note: password`:                                    nil,
		`{ me(a: "note: password") { name } }`:                       nil,
		`{ me(a: "\" note: password") { other: password } }`:         {"other"},
		`{ me(a: """ note: password """) { other: password } }`:      {"other"},
		`{ me(a: """ \""" note: password """) { other: password } }`: {"other"},
		`{ me(a: """""") { other: password } }`:                      {"other"},
		`{ me(a: """ other: password`:                                nil,
		`{ me(a: "other: password`:                                   nil,
		"{ me(a: \"note\n) { other: password } }":                    {"other"},
		`query q($note: password) { name }`:                          nil,
		`{ note: login(password: $p) { name } }`:                     nil,
		`{ note: "password" }`:                                       nil,
		"\ufeff{,note:password,}":                                    {"note"},
	} {
		if got := phrase.Aliases(document); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", document, got, want)
		}
	}
}

// TestKeepText checks under which names short values may be kept as text, by words of the name in
// any case, with abbreviations.
func TestKeepText(t *testing.T) {
	for name, want := range map[string]bool{
		"status": true, "state": true, "countryCode": true, "kind": true,
		"password": false, "userPIN": false, "email": false, "firstName": false, "IPAddress": false, "sourceIPs": false, "HTTPState": true,
	} {
		if got := names.CanKeepText(name); got != want {
			t.Errorf("%s: %t", name, got)
		}
	}
	for name, want := range map[string]bool{"password": true, "pin": true, "token": false, "Password": false, "": false} {
		if got := names.IsChosenSecretWord(name); got != want {
			t.Errorf("%s is chosen: %t", name, got)
		}
	}
}
