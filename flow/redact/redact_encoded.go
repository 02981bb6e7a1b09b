package redact

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow/redact/find"
	"github.com/spectap/spectap/internal/ascii"
)

// encodings finds secrets of a flow in words of its other parts: as base64 at any offset or
// hexadecimal, also within each other or compressed, in small letters, capitals or reversed, and
// parts of half their length.
type encodings struct {
	secrets []encodedForm // as they are
	// forms has the forms by headLen of their bytes, once there is a word to search. heads has the
	// first two of these, each modulo 64.
	forms map[string][]encodedForm
	heads [64]uint64
}

// encodedForm is a way to write a secret.
type encodedForm struct {
	text, mark string // mark is the placeholder of the secret
	at         int    // where in text the bytes are by which it is found
	least      int    // length of the part of text that is enough
	digits     bool   // of base64 or hexadecimal: the digits around them belong to the same value
}

const (
	// headLen is the number of bytes by which a form is found.
	headLen = 8
	// maxEncodedSecret bounds the secrets that are searched for in this way, in bytes.
	maxEncodedSecret = 512
	// maxEncodings bounds the encodings of a secret within each other.
	maxEncodings = 3
)

// add adds a secret.
func (e *encodings) add(secret, mark string) {
	if len(secret) >= headLen && len(secret) <= maxEncodedSecret {
		e.secrets = append(e.secrets, encodedForm{text: secret, mark: mark})
	}
}

// prepare fills forms.
func (e *encodings) prepare() {
	e.forms = make(map[string][]encodedForm, 16*len(e.secrets))
	for _, s := range e.secrets {
		raw := hex.EncodeToString([]byte(s.text))
		e.addForm(encodedForm{text: raw, mark: s.mark, digits: true})
		e.addForm(encodedForm{text: strings.ToUpper(raw), mark: s.mark, digits: true})
		for offset := range 3 {
			d := base64.RawStdEncoding.EncodeToString(append(make([]byte, offset, offset+len(s.text)), s.text...))
			d = d[(offset*8+5)/6 : (offset+len(s.text))*8/6] // the others also depend on their neighbours
			e.addForm(encodedForm{text: d, mark: s.mark, digits: true})
			if strings.ContainsAny(d, "+/") {
				e.addForm(encodedForm{text: urlDigits.Replace(d), mark: s.mark, digits: true})
			}
		}
		reversed := []byte(s.text)
		slices.Reverse(reversed)
		for _, text := range []string{strings.ToLower(s.text), strings.ToUpper(s.text), string(reversed)} {
			if text != s.text {
				e.addForm(encodedForm{text: text, mark: s.mark})
			}
		}
		half := len(s.text) / 2
		if half < headLen || !find.LooksGenerated(s.text) {
			continue
		}
		for at := 0; at+headLen <= len(s.text); at += half - headLen + 1 { // each half has one
			e.addForm(encodedForm{text: s.text, mark: s.mark, at: at, least: half})
		}
	}
}

func (e *encodings) addForm(f encodedForm) {
	if len(f.text) < headLen {
		return
	}
	if f.least == 0 {
		f.least = len(f.text)
	}
	head := f.text[f.at : f.at+headLen]
	e.heads[head[0]&63] |= 1 << (head[1] & 63)
	e.forms[head] = append(e.forms[head], f)
}

// The digits of the alphabet of base64 for URLs as those of the standard one, and the reverse.
var (
	standardDigits = strings.NewReplacer("-", "+", "_", "/")
	urlDigits      = strings.NewReplacer("+", "-", "/", "_")
)

// isDigit reports whether a byte is a digit of base64.
func isDigit(c byte) bool {
	return ascii.IsAlnum(c) || c == '+' || c == '/' || c == '-' || c == '_'
}

// replace replaces the forms in a text.
func (e *encodings) replace(s string) string {
	var b strings.Builder
	done := 0
	for start, end := nextRun(s, 0); start >= 0; start, end = nextRun(s, end) {
		for from := start; from < end; {
			at, to, mark := e.findIn(s, from, end, maxEncodings)
			if at < 0 {
				break
			}
			b.WriteString(s[done:at])
			b.WriteString(mark)
			done, from = to, to
		}
	}
	if done == 0 {
		return s
	}
	return b.String() + s[done:]
}

// nextRun returns the next word at or after i that is long enough. start is -1 if there is none.
func nextRun(s string, i int) (start, end int) {
	for i < len(s) {
		if !isDigit(s[i]) {
			i++
			continue
		}
		start = i
		for i < len(s) && isDigit(s[i]) {
			i++
		}
		if i-start >= headLen {
			return start, i
		}
	}
	return -1, 0
}

// findIn finds the first form in the word s[from:end], where up to depth encodings may be within
// each other. start is -1 if there is none.
func (e *encodings) findIn(s string, from, end, depth int) (start, to int, mark string) {
	if e.forms == nil {
		e.prepare()
	}
	for i := from; i+headLen <= end; i++ {
		if e.heads[s[i]&63]&(1<<(s[i+1]&63)) == 0 {
			continue
		}
		for _, f := range e.forms[s[i:i+headLen]] {
			start, to := i, i+headLen
			for at := f.at; at > 0 && start > from && s[start-1] == f.text[at-1]; at-- {
				start--
			}
			for at := f.at + headLen; at < len(f.text) && to < end && s[to] == f.text[at]; at++ {
				to++
			}
			if to-start < f.least {
				continue
			}
			if f.digits {
				start = max(from, strings.LastIndexByte(s[:start], '/')+1)
				for to < end && s[to] != '/' {
					to++
				}
				to = skipPadding(s, to)
			}
			return start, to, f.mark
		}
	}
	if mark := e.within(s[from:end], depth-1); mark != "" {
		return from, skipPadding(s, end), mark
	}
	if strings.IndexByte(s[from:end], '/') < 0 {
		return -1, 0, ""
	}
	for from < end { // maybe segments of a path
		to := end
		if n := strings.IndexByte(s[from:end], '/'); n >= 0 {
			to = from + n
		}
		if mark := e.within(s[from:to], depth-1); mark != "" {
			return from, skipPadding(s, to), mark
		}
		from = to + 1
	}
	return -1, 0, ""
}

// skipPadding returns the end of the padding of base64 at i.
func skipPadding(s string, i int) int {
	for i < len(s) && s[i] == '=' {
		i++
	}
	return i
}

// within returns the placeholder of a secret in what a word encodes, "" if there is none.
func (e *encodings) within(w string, depth int) string {
	if depth == 0 || len(w) < 2*headLen || len(w) > 64<<10 {
		return ""
	}
	data, err := hex.DecodeString(w[:len(w)&^1])
	if err != nil {
		if data = decodeHead(w); !isTextOrGzip(data) {
			return ""
		}
		if len(w)%4 == 1 { // cut off
			w = w[:len(w)-1]
		}
		if data, err = base64.RawStdEncoding.DecodeString(standardDigits.Replace(w)); err != nil {
			return ""
		}
	}
	if !isTextOrGzip(data) {
		return ""
	}
	if bytes.HasPrefix(data, gzipStart) {
		data = find.Inflate(data)
	}
	text := string(data)
	for _, s := range e.secrets {
		if strings.Contains(text, s.text) {
			return s.mark
		}
	}
	for start, end := nextRun(text, 0); start >= 0; start, end = nextRun(text, end) {
		if at, _, mark := e.findIn(text, start, end, depth); at >= 0 {
			return mark
		}
	}
	return ""
}

// decodeHead decodes the first digits of base64, as far as they are.
func decodeHead(w string) []byte {
	var buf [12]byte
	n, _ := base64.RawStdEncoding.Decode(buf[:], []byte(standardDigits.Replace(w[:2*headLen])))
	return buf[:n]
}

var gzipStart = []byte("\x1f\x8b")

// isTextOrGzip reports whether the first bytes are text, or compressed.
func isTextOrGzip(data []byte) bool {
	if bytes.HasPrefix(data, gzipStart) {
		return true
	}
	for _, c := range data[:min(len(data), 12)] {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' || c >= 0x7f {
			return false
		}
	}
	return true
}
