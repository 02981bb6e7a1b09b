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
	found, ok := mark.Align(string(masked), string(plain))
	if !ok || renames(contentType, masked, changed) {
		return nil, ErrSecret
	}
	var pairs []string
	secrets := map[string][2]string{}
	for _, p := range found {
		text := strings.Trim(p[0], `"`) // within quotes it stands for a number
		if old, known := secrets[text]; known && old != p {
			return nil, ErrSecret
		}
		secrets[text], pairs = p, append(pairs, p[0], p[1])
	}
	out := []byte(strings.NewReplacer(pairs...).Replace(string(changed)))
	if len(out) > maxResult {
		return nil, ErrTooLarge
	}
	if len(pairs) == 0 {
		return out, nil
	}
	// Not Flow: whether text of the rule equals a secret must make no difference.
	_, before := own.Explain(contentType, plain)
	shown, after := own.Explain(contentType, out)
	typed, ofRule := own.Explain(contentType, changed)
	left := map[redact.Finding]int{}
	for _, f := range append(before, ofRule...) {
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
	if !bytes.Equal(shown, typed) || slices.ContainsFunc(before, isNamed) {
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
