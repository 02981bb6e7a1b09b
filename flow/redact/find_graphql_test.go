package redact_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow/redact"
)

// TestGraphQLNames checks that types and variables of a GraphQL document stay, and literals do not.
func TestGraphQLNames(t *testing.T) {
	r := redact.New([]byte("key"), redact.Config{})
	secret := "hunter2" + "-Tq81z"
	document := "query User($id: ID!, $token: String!, $passwords: [String!]! = null, $apiKey: String = \"" + secret + "\") {\n" +
		"  user(id: $id, token: $token, password: $passwords, key: $apiKey, secret: \"" + secret + "\") { id }\n}"
	for name, got := range map[string]string{
		"JSON":     string(r.JSON([]byte(`{"query":` + strconv.Quote(document) + `,"variables":{"token":"` + secret + `"}}`))),
		"document": string(r.Body("application/graphql", []byte(document))),
		"text":     r.Text(document),
	} {
		for _, want := range []string{"$token: String!,", "$passwords: [String!]! =", "token: $token,", "password: $passwords,", "$apiKey: String = "} {
			if !strings.Contains(got, want) {
				t.Errorf("%s lacks %q: %s", name, want, got)
			}
		}
		if strings.Contains(got, secret) {
			t.Errorf("%s shows the secret: %s", name, got)
		}
	}
	for _, text := range []string{"password: $" + secret, "query: password: $" + secret, "query(a: 1) { login(password: $" + secret + ") }", "query Q($token: " + secret + ") { a }"} {
		if got := r.Text(text); strings.Contains(got, secret) {
			t.Errorf("no variable is defined: %s", got)
		}
	}
}
