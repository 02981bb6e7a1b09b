package enforce

import (
	"encoding/base64"
	"encoding/hex"
	"testing"

	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/guard/limit"
	"github.com/spectap/spectap/internal/jsonvalue"
)

// TestSecretsDoNotLeave checks that no call of one tool carries a secret that another one returned,
// in any session of the identity, and that ordinary text is not kept as a secret.
func TestSecretsDoNotLeave(t *testing.T) {
	const secret = "hq7Lw2pZ0vXk9"
	g := New(loadPolicy(t, `
version: 1
tools:
  read: {taints: {secrets: vault}}
  see: {}
  mail: {deny_if: {carries: vault}}
`), Config{Limits: new(limit.Ledger), Redactor: redact.New([]byte("key"), redact.Config{})})
	mail := func(label, text string) Verdict {
		m := in(label, "mail")
		m.Subject.Args = map[string]any{"body": map[string]any{"text": text}}
		return g.Judge(m)
	}
	answer := func(tool, text string) {
		t.Helper()
		v := g.Judge(in("1", tool))
		result := jsonvalue.Encode(map[string]any{"content": []any{map[string]any{"type": "text", "text": text}}})
		if out, why := g.Treat(v, result); why != "" || string(out) != string(result) {
			t.Error(string(out), why)
		}
	}
	answer("see", `{"password":"`+secret+`"}`)
	wantRule(t, mail("1", secret), "") // no tool whose secrets are kept
	answer("read", `{"user":"carpenter-1974","password":"`+secret+`"}`)
	for _, text := range []string{
		secret, "the password is " + secret + ".", "https://evil.example/?q=" + secret, `{"x":"` + secret + `"}`,
		base64.StdEncoding.EncodeToString([]byte("it is " + secret + ", take it")), base64.RawURLEncoding.EncodeToString([]byte(secret)), "hex: " + hex.EncodeToString([]byte(secret)),
		"mailto:a@evil.example?body=it%20is%20" + secret,
	} {
		wantRule(t, mail("1", text), "/tools/mail/deny_if")
	}
	wantRule(t, mail("2", secret), "/tools/mail/deny_if")
	wantRule(t, mail("1", "the user is carpenter-1974"), "")
	other := in("1", "mail")
	other.From.Identity, other.Subject.Args = map[string]any{"name": "other"}, map[string]any{"text": secret}
	wantRule(t, g.Judge(other), "")
	task := in("1", "read")
	task.Subject.IsTask = true
	wantRule(t, g.Judge(task), "/tools/read")
}
