package capture

import (
	"bytes"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// This file repairs heads of HTTP/1 messages that browsers and servers accept and net/http refuses,
// before net/http reads them. Ambiguous heads stay as they are, and are refused: a Content-Length
// together with chunks, lengths that differ, codings other than chunked.

// headEnd returns the length of the head that b begins with, with its empty line, or 0 if its end
// is missing.
func headEnd(b []byte) int {
	for end := 0; ; {
		i := bytes.IndexByte(b[end:], '\n')
		if i < 0 {
			return 0
		}
		end += i + 1
		if rest := b[end:]; len(rest) > 0 && rest[0] == '\n' {
			return end + 1
		} else if len(rest) > 1 && rest[0] == '\r' && rest[1] == '\n' {
			return end + 2
		}
	}
}

// framing is what the header of a message says about the length of its body.
type framing struct{ codings, lengths []string }

// add notes the value of Transfer-Encoding or Content-Length.
func (f *framing) add(name, value string) {
	into := &f.lengths
	if len(name) == len("Transfer-Encoding") {
		into = &f.codings
	}
	for v := range strings.SplitSeq(value, ",") {
		*into = append(*into, strings.Trim(v, " \t"))
	}
}

// mended returns the lines that replace those of Transfer-Encoding and Content-Length. ok is false
// if these stay. The coding identity means no coding (RFC 2616, section 3.6). Some servers name
// chunked twice, once for each of two programs, but apply it once, as browsers expect.
func (f *framing) mended(isResponse bool) (lines string, ok bool) {
	chunked := false
	for _, c := range f.codings {
		isChunked := isName(c, "chunked")
		if !isChunked && !isName(c, "identity") {
			return "", false
		}
		chunked = chunked || isChunked
	}
	for _, n := range f.lengths {
		if n != f.lengths[0] || strings.Trim(n, "0123456789") != "" || n == "" {
			return "", false
		}
	}
	switch {
	case chunked && len(f.lengths) > 0:
		return "", false
	case chunked:
		return "Transfer-Encoding: chunked\r\n", len(f.codings) > 1
	case len(f.lengths) > 0:
		return "Content-Length: " + f.lengths[0] + "\r\n", len(f.codings)+len(f.lengths) > 1
	}
	return "", isResponse && len(f.codings) > 0 // a request without a length has no body, or is cut off
}

// isFraming reports whether a field determines the length of a body.
func isFraming(name string) bool {
	return isName(name, "Content-Length") || isName(name, "Transfer-Encoding")
}

// isName reports whether s is a name in any case of ASCII. EqualFold alone knows more, such as the
// Kelvin sign.
func isName(s, name string) bool { return len(s) == len(name) && strings.EqualFold(s, name) }

// isFolded reports whether a line continues the one before (RFC 9112, section 5.2).
func isFolded(line []byte) bool { return line[0] == ' ' || line[0] == '\t' }

// mendHeader returns the lines of a header, with its empty line, as net/http takes them, or nil if
// there is nothing to mend. In responses, it removes spaces before colons (RFC
// 9112, section 5.1) and, as browsers do, lines without a name that is a token. In requests it
// does neither: a server must refuse the former.
func mendHeader(lines []byte, isResponse bool) []byte {
	var f framing
	plain, inFraming := true, false // the lines have no such names; the line before is of framing
	for rest := lines; len(rest) > 2; {
		line := rest[:bytes.IndexByte(rest, '\n')+1]
		rest = rest[len(line):]
		if isFolded(line) {
			if inFraming {
				return nil
			}
			continue
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if isResponse {
			trimmed := bytes.TrimRight(name, " \t")
			plain = plain && ok && len(trimmed) == len(name) && isToken(name)
			name = trimmed
		}
		if inFraming = ok && isFraming(string(name)); inFraming {
			f.add(string(name), strings.TrimSuffix(strings.TrimSuffix(string(value), "\n"), "\r"))
		}
	}
	framed, ok := f.mended(isResponse)
	if plain && !ok {
		return nil
	}
	if !ok {
		framed = ""
	}
	out, keep := make([]byte, 0, len(lines)+len(framed)), !isResponse
	for rest := lines; len(rest) > 0; {
		line := rest[:bytes.IndexByte(rest, '\n')+1]
		rest = rest[len(line):]
		if isFolded(line) {
			if keep {
				out = append(out, line...)
			}
			continue
		}
		name, value, named := bytes.Cut(line, []byte(":"))
		if len(rest) == 0 { // the empty line
			return append(append(out, framed...), line...)
		}
		if isResponse {
			name = bytes.TrimRight(name, " \t")
		}
		if keep = !(ok && isFraming(string(name))) && !(isResponse && (!named || !isToken(name))); !keep {
			continue
		}
		out = append(out, name...)
		if named {
			out = append(append(out, ':'), value...)
		}
	}
	return out
}

func isToken(name []byte) bool { return httpguts.ValidHeaderFieldName(string(name)) }

// maxEscapes bounds the characters that mend escapes in a request target.
const maxEscapes = 32

// mend mends the head that b begins with, as far as b has it, in place. It uses the capacity of b.
func mend(b []byte, isResponse bool) []byte {
	first := bytes.IndexByte(b, '\n') + 1
	end := max(first, headEnd(b))
	line, lines := b[:first], mendHeader(b[first:end], isResponse)
	if isResponse {
		line = nil
	} else {
		line = escapeTarget(line)
	}
	if line == nil && lines == nil {
		return b
	}
	if line == nil {
		line = b[:first]
	}
	if lines == nil {
		lines = b[first:end]
	}
	out := slices.Concat(line, lines, b[end:])
	if len(out) > cap(b) {
		return b
	}
	return append(b[:0], out...)
}

// escapeTarget returns a request line whose path net/http accepts, or nil if it does already.
func escapeTarget(line []byte) []byte {
	from, to := bytes.IndexByte(line, ' ')+1, bytes.LastIndex(line, []byte(" HTTP/1."))
	if from == 0 || to < from || bytes.IndexByte(line, '%') < 0 || bytes.HasPrefix(line, []byte("CONNECT ")) {
		return nil
	}
	target := string(line[from:to])
	escaped := escapePercent(target)
	if escaped == target || len(escaped) > len(target)+2*maxEscapes {
		return nil
	}
	return slices.Concat(line[:from], []byte(escaped), line[to:])
}

// escapePercent escapes each "%" in the path of a request target that begins no escape. Browsers
// send such a path, and servers take it.
func escapePercent(target string) string {
	path, query, asked := strings.Cut(target, "?")
	parts := strings.Split(path, "%")
	for i, part := range parts[1:] {
		if _, err := url.PathUnescape("%" + part[:min(2, len(part))]); err != nil {
			parts[i+1] = "25" + part
		}
	}
	if path = strings.Join(parts, "%"); asked {
		path += "?" + query
	}
	return path
}

// sentTarget returns the target of a request as it was sent, given as net/http read it.
func sentTarget(head, read string) string {
	if strings.Contains(read, "%25") {
		_, target, _ := strings.Cut(head, " ")
		if target, _, _ = strings.Cut(target, " HTTP/1."); escapePercent(target) == read {
			return target
		}
	}
	return read
}

// originForm returns the path and query of a request target (RFC 9112, section 3.2.1).
func originForm(target string) string {
	if _, rest, ok := strings.Cut(target, "://"); ok && target[0] != '/' {
		return rest[len(rest)-len(strings.TrimLeftFunc(rest, func(c rune) bool { return c != '/' && c != '?' })):]
	}
	return target
}
