package redact

import (
	"iter"
	"strings"

	"github.com/spectap/spectap/flow/redact/judge"
	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/rules"
	"github.com/spectap/spectap/flow/redact/scan"
	"github.com/spectap/spectap/internal/ascii"
	"github.com/spectap/spectap/internal/lazyregexp"
)

// addresses finds e-mail addresses, and passwords in URLs and before hosts: x://ann:pw@host,
// ann:pw@tcp(host).
func (f *finder) addresses() {
	s := f.s
	for i := 0; i < len(s); i++ {
		n := strings.IndexAny(s[i:], "@%")
		if n < 0 {
			break
		}
		if i += n; s[i] == '%' && !strings.HasPrefix(s[i:], "%40") {
			continue
		}
		if user, start, ok := passwordBefore(s, i); ok {
			f.why = byURL
			if user < start {
				f.add(user, start-1, "")
			}
			f.add(start, i, "")
			continue
		}
		if start, end, ok := email(s, i); ok {
			f.why = byEmail
			f.add(start, end, mark.Email)
			i = end - 1
		}
	}
}

const maxUserinfo = 256

// endsUserinfo has the characters that no userinfo has.
var endsUserinfo = bytesIn(" \t\r\n\"'<>`,;()")

// passwordBefore returns where the password begins before the at sign of an authority, or the key
// that stands there as the user. user is less if a user stands before it that may be a key.
func passwordBefore(s string, at int) (user, start int, ok bool) {
	from, ats := at, 0
	for from > 0 && at-from < maxUserinfo && !endsUserinfo[s[from-1]] {
		if from--; s[from] == '@' {
			if ats++; ats > 2 {
				break
			}
		}
	}
	before := s[from:at]
	scheme := strings.LastIndex(before, "://")
	if scheme >= 0 {
		info := before[scheme+3:]
		if strings.ContainsAny(info, "/?#") && strings.Contains(info[:strings.IndexAny(info, "/?#")], ".") {
			return 0, 0, false // the at sign is in the path
		}
		name, password, isPair := strings.Cut(info, ":")
		from += scheme + 3
		switch {
		case isPair && password != "":
			start = from + len(name) + 1
			if user = start; name != "" && !judge.IsUserName(name) && !mark.Is(name) {
				user = from
			}
			return user, start, !mark.Is(password)
		case name == "" || name == "git" || mark.Is(name):
			return 0, 0, false
		}
		return from, from, !judge.IsUserName(name) || isPair
	}
	if k := strings.LastIndexByte(before, '='); k >= 0 {
		from, before = from+k+1, before[k+1:]
	}
	name, password, isPair := strings.Cut(before, ":")
	if !isPair || !judge.IsUserName(name) || len(password) < 4 || strings.ContainsAny(password, "/=:") || mark.Is(password) {
		return 0, 0, false
	}
	host := at + 1
	for host < len(s) && (ascii.IsAlnum(s[host]) || s[host] == '.' || s[host] == '-') {
		host++
	}
	if host == at+1 || host == len(s) || s[host] != '(' && s[host] != '/' && !(s[host] == ':' && host+1 < len(s) && ascii.IsDigit(s[host+1])) {
		return 0, 0, false
	}
	start = from + len(name) + 1
	return start, start, true
}

// addressAfter matches the host of an address behind its at sign.
var addressAfter = lazyregexp.New(`^(?:@|%40)((?:[\pL\d-]+\.)+)(\pL[\pL-]+)`)

// isFile matches what else has an at sign: icon@2x.png.
var isFile = lazyregexp.New(`(?i)^@(?:\d[^.]*|[^.]*)\.(?:png|jpe?g|gif|svg|webp|ico|css|js)$`)

// email returns where the address is whose at sign is at i. It may be percent-encoded.
func email(s string, i int) (start, end int, ok bool) {
	start = i
	for start > 0 && i-start < maxUserinfo && (ascii.IsAlnum(s[start-1]) || s[start-1] >= 0x80 || strings.IndexByte("._+-~'", s[start-1]) >= 0) {
		start--
	}
	for start < i && strings.IndexByte("-.+~'", s[start]) >= 0 {
		start++
	}
	if start == i || s[start:i] == "git" || strings.HasSuffix(s[:start], "://") { // git@host:path is a common clone address
		return 0, 0, false
	}
	host := addressAfter.FindString(s[i:min(len(s), i+maxUserinfo)])
	return start, i + len(host), host != "" && !isFile.MatchString(host)
}

// textQuery matches a query or fragment of a URL in a text.
var textQuery = lazyregexp.New("[?#][^\x00-\x20\"'<>`\\\\]*=[^\x00-\x20\"'<>`\\\\]*")

// queries finds the secrets in queries of URLs that other parameters reveal: logs and reports of
// errors hold the redirects of OAuth.
func (f *finder) queries() {
	for _, m := range textQuery.Get().FindAllStringIndex(f.s, -1) {
		at := m[0] + 1
		t := scan.ReadForm(f.s[at:m[1]])
		for k, class := range judge.Classes(t, judge.Context{}) {
			node := &t.Nodes[k]
			if node.Kind != scan.String || class < rules.Weak {
				continue
			}
			if _, ok := judge.Hides(class, t.ValueOf(int32(k))); ok {
				f.why = why{byName, t.NameOf(int32(k))}
				f.add(at+int(node.Value.Start), at+int(node.Value.End), "")
			}
		}
	}
}

// words finds words that are secret or personal by their shape.
func (f *finder) words() {
	s := f.s
	lastEnd := strings.LastIndex(s, pemEnd)
	pem := 0 // where it ends
	for start, end := range runs(s, 0, len(s), &isWordByte) {
		// A certificate or a public key in PEM.
		if start >= pem && start < lastEnd && s[start] == '-' && strings.HasPrefix(s[start:], pemBegin) && !strings.Contains(s[start:min(len(s), start+64)], "PRIVATE") {
			if n := strings.Index(s[start:], pemEnd); n > 0 {
				pem = start + n + len(pemEnd)
			}
		}
		if start = max(start, pem); end-start >= 9 {
			f.word(start, end)
		}
	}
}

const (
	pemBegin = "-----BEGIN "
	pemEnd   = "-----END "
)

// isWordByte has the bytes of words: those that tokens have between separators.
var isWordByte = bytesIn("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.+~/=")

// isPartByte has the bytes of the parts of a word, which slashes and equals signs separate, and the
// line breaks in base64.
var isPartByte = bytesIn("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.+~\r\n")

// runs yields where the longest parts of s[start:end] begin and end that consist of some bytes.
func runs(s string, start, end int, of *[256]bool) iter.Seq2[int, int] {
	return func(yield func(from, to int) bool) {
		for i := start; i < end; i++ {
			from := i
			for i < end && of[s[i]] {
				i++
			}
			if from < i && !yield(from, i) {
				return
			}
		}
	}
}

// word judges a word, then its parts between slashes, equals signs and dots.
func (f *finder) word(start, end int) {
	s := f.s
	isPath := s[start] == '/'
	for start < end && strings.IndexByte("-.+~=/", s[start]) >= 0 {
		start++
	}
	for end > start && strings.IndexByte("-.+~=/", s[end-1]) >= 0 {
		end--
	}
	if end-start < 9 || f.class == rules.Identifier {
		return
	}
	for from, to := range runs(s, start, end, &isPartByte) {
		if to-from <= maxPersonal && judge.Count(s[from:to]).Digit >= minPersonal && f.personal(from, to) {
			return
		}
	}
	if end-start < judge.MinRandomLen || judge.IsEncodedFile(s[start:]) || judge.IsPublicKey(s[start:end]) {
		return
	}
	if !isPath && judge.IsRandomBase64(s[start:end]) {
		f.random(start, end)
		return
	}
	for from, to := range runs(s, start, end, &isPartByte) {
		part := s[from:to]
		stem := part
		if k := strings.LastIndexByte(part, '.'); k > 0 { // the name of a file
			stem = part[:k]
		}
		if len(part) >= judge.MinRandomLen && (judge.IsRandom(strings.Trim(part, "-.+~")) || judge.IsRandom(stem)) {
			f.random(from, to)
		}
	}
}

// minPersonal is the least number of digits of such a number.
const minPersonal = 6

// maxPersonal is the length of the longest number of a person with an extension of a file.
const maxPersonal = 40

// personal adds a word if it is the number of a card, an account or a person. It may have the
// extension of a file.
func (f *finder) personal(start, end int) bool {
	f.why = byNumber
	w := strings.Trim(f.s[start:end], "-.+~")
	stem := w
	if k := strings.LastIndexByte(w, '.'); k >= 9 && len(w)-k < 6 {
		stem = w[:k]
	}
	for _, w := range [...]string{stem, w} {
		if kind := judge.Kind(w); kind != "" {
			f.add(start, start+len(w), kind)
			return true
		}
	}
	return false
}

// random adds a random word with the padding of base64.
func (f *finder) random(start, end int) {
	for end < len(f.s) && f.s[end] == '=' {
		end++
	}
	f.why = byRandom
	f.add(start, end, mark.Secret)
}

// grouped finds numbers of cards and accounts whose groups have blanks between them.
func (f *finder) grouped() {
	f.why = byNumber
	for _, m := range groups.Get().FindAllStringIndex(f.s, -1) {
		if kind := judge.Kind(strings.ReplaceAll(f.s[m[0]:m[1]], " ", "")); kind != "" {
			f.add(m[0], m[1], kind)
		}
	}
}

var groups = lazyregexp.New(`\b(?:\d{4} \d{4} \d{4} \d{1,7}|\d{4} \d{6} \d{5}|[A-Z]{2}\d{2}(?: [A-Z0-9]{4}){2,7}(?: [A-Z0-9]{1,3})?)\b`)

// encoded finds words in base64 whose text has a secret.
func (r *Redactor) encoded(s string, spans []span, depth int) []span {
	f := finder{s: s, spans: spans, why: byBase64}
	for i := 0; i < len(s); {
		if !isWordByte[s[i]] {
			i++
			continue
		}
		start, line := i, i
		for more := true; more; line = i {
			for i < len(s) && isWordByte[s[i]] {
				i++
			}
			n := 0
			if i-line >= minEncodedLine {
				n = lineBreak(s[i:])
			}
			i, more = i+n, n > 0
		}
		if r.hidesText(s[start:i], depth) {
			f.add(start, i, mark.Secret)
			continue
		}
		for from, to := range runs(s, start, i, &isPartByte) { // it may be segments of a path
			if to-from < i-start && r.hidesText(s[from:to], depth) {
				f.add(from, to, mark.Secret)
			}
		}
	}
	if len(f.spans) == len(spans) {
		return spans
	}
	return f.settle()
}

const (
	minEncoded     = 16
	minEncodedLine = 60 // of base64 with line breaks (RFC 2045, section 6.8, and GitHub)
)

// lineBreak returns the length of the line break that a text begins with, 0 unless a word follows.
func lineBreak(s string) int {
	rest := strings.TrimPrefix(strings.TrimPrefix(s, "\r"), "\n")
	if rest == "" || !isWordByte[rest[0]] {
		return 0
	}
	return len(s) - len(rest)
}

// hidesText reports whether a word is base64 of a text that has a secret.
func (r *Redactor) hidesText(w string, depth int) bool {
	if len(w) < minEncoded || len(w) > maxEncoded || w[0] == '/' || !judge.IsBase64OfText(w) {
		return false
	}
	data, ok := judge.DecodeBase64(strings.TrimRight(w, "."))
	return ok && r.hasSecret(string(data), depth+1)
}

// maxEncoded bounds a word that is decoded, in bytes.
const maxEncoded = 64 << 10

// hasSecret reports whether redaction changes a text by the names or structure in it, or by a token
// of a known form.
func (r *Redactor) hasSecret(text string, depth int) bool {
	if !strings.ContainsAny(text, "=:<") {
		return len(tokenSpans(text)) > 0 || depth < maxNested && len(r.encoded(text, nil, depth)) > 0
	}
	one := *r
	one.known, one.standIns, one.trace = nil, nil, nil
	return one.value(rules.Plain, text, depth) != text
}
