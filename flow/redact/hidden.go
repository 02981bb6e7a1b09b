package redact

import (
	"encoding/hex"
	"net/url"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow/redact/judge"
	"github.com/spectap/spectap/flow/redact/scan"
)

// Hidden is a value that redaction hides.
type Hidden struct {
	Value string
	// IsPersonal means an address of e-mail, or the number of a person, a card or an account. Other
	// values are secrets.
	IsPersonal bool
}

// Hidden returns the values that [Redactor.JSON] hides in a JSON text, in the order in which it
// finds them. Those within encodings are decoded.
func (r *Redactor) Hidden(data []byte) []Hidden {
	t := &trace{why: isUnread, byClass: byLabel, shown: r.name, keeps: true}
	one := *r
	one.trace = t
	one.JSON(data)
	return t.values
}

// Keep adds the secrets that [Redactor.JSON] hides in a JSON text, so that [Used.In] finds them. It
// omits values shorter than 10 bytes, and values of several words none of which is long: other
// texts may have them by chance.
func (u *Used) Keep(r *Redactor, data []byte) {
	for _, h := range r.Hidden(data) {
		fields := strings.Fields(h.Value)
		for _, word := range fields {
			if !h.IsPersonal && minUsed <= len(word) && len(word) < maxUsed && (len(fields) == 1 || isStrong(word)) {
				u.add("", word)
			}
		}
	}
}

// In reports whether a string of a JSON text has a word that was added: as it is, percent-encoded,
// or in base64 or hexadecimal digits, at most three deep. With hosts, words that can be guessed
// must be known at their sites. It does not find parts of a word, and words that are reversed or
// encrypted.
func (u *Used) In(data []byte, hosts ...string) bool {
	u.Await(1) // what other processes recorded
	t := scan.ReadJSON(string(data))
	texts := []string{t.Text}
	if t.Rest == len(t.Text) {
		texts = nil
	}
	for i := range t.Nodes {
		if texts = append(texts, t.NameOf(int32(i))); t.Nodes[i].Kind > scan.Array {
			texts = append(texts, t.ValueOf(int32(i)))
		}
	}
	sites := make([]string, max(1, len(hosts))) // of none, any
	for i, host := range hosts {
		sites[i] = siteOf(host)
	}
	return slices.ContainsFunc(texts, func(text string) bool { return u.inText(text, sites, 0) })
}

// maxEncodings bounds encodings within encodings.
const maxEncodings = 3

func (u *Used) inText(s string, sites []string, depth int) bool {
	f := finder{s: s}
	if f.used(u, sites); len(f.spans) > 0 {
		return true
	}
	if depth == maxEncodings {
		return false
	}
	if plain, err := url.QueryUnescape(s); err == nil && plain != s && u.inText(plain, sites, depth+1) {
		return true
	}
	isDigit := func(r rune) bool { return r < 0x80 && isWordByte[byte(r)] }
	for word := range strings.FieldsFuncSeq(s, func(r rune) bool { return !isDigit(r) && r != '+' && r != '/' && r != '=' }) {
		for part := range strings.SplitSeq(word, "=") {
			if data, err := hex.DecodeString(part); err == nil && len(data) >= minUsed && u.inText(string(data), sites, depth+1) {
				return true
			}
			if data, ok := judge.DecodeBase64(part); ok && len(data) >= minUsed && u.inText(string(data), sites, depth+1) {
				return true
			}
		}
	}
	return false
}
