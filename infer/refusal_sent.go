package infer

import (
	"bytes"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/infer/noun"
)

// maxRequest bounds the bytes of a query and of a body that are read.
const maxRequest = 1 << 16

// sentNames returns the folded names of all members and parameters of a request, false if they
// cannot be read. body is decoded and complete.
func sentNames(rawQuery, mediaType string, body []byte) (sent map[string]bool, ok bool) {
	sent = map[string]bool{}
	if len(rawQuery) > maxRequest || len(body) > maxRequest || !addFields(sent, rawQuery) {
		return nil, false
	}
	mediaType = decode.Kind(mediaType, body)
	switch {
	case len(body) == 0:
		return sent, true
	case decode.IsForm(mediaType):
		return sent, addFields(sent, string(body))
	}
	return sent, addMembers(sent, body)
}

// addFields adds the names of a query or form, and the keys in their brackets.
func addFields(sent map[string]bool, text string) bool {
	for pair := range strings.SplitSeq(text, "&") {
		name, _, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(name)
		if err != nil {
			return false
		}
		for _, part := range appendNames(nil, name) {
			sent[part] = true
		}
	}
	return true
}

// addMembers adds the names of members at all levels of a JSON text.
func addMembers(sent map[string]bool, body []byte) bool {
	d := jsontext.NewDecoder(bytes.NewReader(body), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	for {
		token, err := d.ReadToken()
		if err != nil {
			return d.StackDepth() == 0 && len(bytes.TrimSpace(d.UnreadBuffer())) == 0
		}
		if kind, n := d.StackIndex(d.StackDepth()); kind == '{' && n%2 == 1 && token.Kind() == '"' {
			sent[noun.Fold(token.String())] = true
		}
	}
}
