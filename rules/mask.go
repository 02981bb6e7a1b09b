package rules

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/flow/redact/mark"
)

// ErrSecret means that a rule would put a secret where redaction does not find it.
var ErrSecret = errors.New("a rule would move a secret")

// shown returns an exchange with one message, that of the phase, as an agent sees it: with
// placeholders for its secrets, which what else is known of the exchange tells as well. The message
// has no content encoding. own judges texts of the message by themselves.
func shown(red *redact.Redactor, f flow.Flow, phase string, m flow.Response) (out flow.Flow, own *redact.Redactor) {
	f.Messages, f.Request.Body, f.Request.Trailer, f.Response = nil, flow.Body{}, nil, nil
	if phase == Response {
		f.Response = &m
	} else {
		f.Request.Header, f.Request.Body = m.Header, m.Body
	}
	return red.Flow(f), red.Own(&f)
}

// unmask replaces the placeholders in changed, which was made of masked, by their secrets in plain.
// It returns ErrSecret unless own hides each of them where it hid it, for the same reason and not
// more often. A change therefore cannot divide, rename, copy or compare secrets,
// and a body with a secret that only other flows or its path tell stays as it is.
func unmask(own *redact.Redactor, contentType string, changed, masked, plain []byte) ([]byte, error) {
	secrets, ok := alignSecrets(string(masked), string(plain))
	if !ok || renames(contentType, masked, changed) {
		return nil, ErrSecret
	}
	var pairs []string
	for mark, secret := range secrets {
		pairs = append(pairs, mark, secret)
	}
	out := []byte(strings.NewReplacer(pairs...).Replace(string(changed)))
	if len(out) > maxResult {
		return nil, ErrTooLarge
	}
	if len(pairs) == 0 {
		return out, nil
	}
	// Not Flow: whether text of the rule equals a secret must make no difference.
	_, found := own.Explain(contentType, plain)
	shown, after := own.Explain(contentType, out)
	typed, ofRule := own.Explain(contentType, changed)
	left := map[redact.Finding]int{}
	for _, f := range append(found, ofRule...) {
		f.Line, f.Column = 0, 0
		left[f]++
	}
	for _, f := range after {
		f.Line, f.Column = 0, 0
		if left[f]--; left[f] < 0 {
			return nil, ErrSecret
		}
	}
	// What stands beside a secret may be what names it.
	isNamed := func(f redact.Finding) bool { return f.Rule == "pair" && f.Object == "" }
	if !bytes.Equal(shown, typed) || slices.ContainsFunc(found, isNamed) {
		return nil, ErrSecret
	}
	return out, nil
}

// renames reports whether a changed body asks for a secret under a name that the body did not give
// it, so that redaction does not find it in the response.
func renames(contentType string, body, changed []byte) bool {
	aliases := func(body []byte) []string { // the rules may change the media type as well
		return append(redact.Aliases(contentType, body), redact.Aliases("application/graphql", body)...)
	}
	old := aliases(body)
	return slices.ContainsFunc(aliases(changed), func(name string) bool { return !slices.Contains(old, name) })
}

// alignSecrets returns the secret in plain of each placeholder of masked. ok is false if the two
// texts have other differences.
func alignSecrets(masked, plain string) (secrets map[string]string, ok bool) {
	secrets = make(map[string]string)
	start, end, more := mark.Next(masked)
	for more {
		if hasQuotes(masked, start, end) && !strings.HasPrefix(plain, masked[:start]) {
			start, end = start-1, end+1 // redaction quotes a number
		}
		var found bool
		if plain, found = strings.CutPrefix(plain, masked[:start]); !found {
			return nil, false
		}
		placeholder := masked[start:end]
		masked = masked[end:]
		start, end, more = mark.Next(masked)
		n := strings.LastIndex(plain, masked)
		if more {
			n = strings.Index(plain, textBefore(masked, start, end))
		}
		if n <= 0 || !more && n+len(masked) != len(plain) {
			return nil, false
		}
		if old, known := secrets[placeholder]; known && old != plain[:n] {
			return nil, false
		}
		secrets[placeholder], plain = plain[:n], plain[n:]
	}
	return secrets, plain == masked
}

// textBefore returns the text before a placeholder, without a quote that may belong to it.
func textBefore(masked string, start, end int) string {
	if hasQuotes(masked, start, end) {
		return masked[:start-1]
	}
	return masked[:start]
}

// hasQuotes reports whether a placeholder is a JSON string.
func hasQuotes(s string, start, end int) bool {
	return start > 0 && s[start-1] == '"' && end < len(s) && s[end] == '"'
}
