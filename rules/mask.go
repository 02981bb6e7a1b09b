package rules

import (
	"bytes"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/flow/redact/mark"
)

// ErrSecret means that a rule would put a secret where redaction does not find it.
var ErrSecret = errors.New("a rule would move a secret")

// Redactor hides secrets; *redact.Redactor is one.
type Redactor interface {
	Body(contentType string, data []byte) []byte
	Flow(f flow.Flow) flow.Flow
}

// mask returns a decoded body as an agent sees it: with placeholders for its secrets, and for
// secrets of the header that it repeats.
func mask(red Redactor, h http.Header, body []byte) ([]byte, error) {
	f := flow.Flow{Request: flow.Request{
		Header: decode.Uncoded(flow.HeaderOf(h), int64(len(body))), Body: flow.Body{Data: body, Size: int64(len(body))},
	}}
	b := red.Flow(f).Request.Body
	if b.Truncated {
		return nil, ErrTooLarge
	}
	return b.Data, nil
}

// unmask replaces the placeholders in changed, which was made of masked, by their secrets in plain.
// It returns ErrSecret unless redaction hides each of them at its new place. A rule therefore
// cannot divide, rename or compare secrets.
func unmask(red Redactor, contentType string, changed, masked, plain []byte) ([]byte, error) {
	secrets, ok := alignSecrets(string(masked), string(plain))
	if !ok {
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
	// Not Flow: whether text of the rule equals a secret must make no difference.
	if !bytes.Equal(red.Body(contentType, out), red.Body(contentType, changed)) {
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
