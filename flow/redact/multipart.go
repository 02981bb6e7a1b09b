package redact

import (
	"bytes"
	"cmp"
	"io"
	"mime/quotedprintable"
	"net/url"
	"regexp"
	"strings"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact/judge"
	"github.com/spectap/spectap/flow/redact/rules"
	"github.com/spectap/spectap/flow/redact/scan"
	"github.com/spectap/spectap/internal/lazyregexp"
)

// maxParts bounds the depth of multipart bodies within each other.
const maxParts = 3

// boundaryOf returns the boundary of a multipart body: that of its media type, or if the body does
// not have it, the one that the body begins with, or "".
func boundaryOf(contentType string, data []byte) string {
	if boundary := decode.Param(contentType, "boundary"); boundary != "" && bytes.Contains(data, []byte("--"+boundary)) {
		return boundary
	}
	start := bytes.TrimLeft(data, "\r\n")
	if !bytes.HasPrefix(start, []byte("--")) {
		return ""
	}
	line, rest, _ := bytes.Cut(start, []byte("\n"))
	line = bytes.TrimRight(line, "\r \t")
	const header = "content-" // of a part
	if len(line) > 72 || !strings.EqualFold(string(rest[:min(len(rest), len(header))]), header) {
		return ""
	}
	return string(line[2:])
}

// multipart redacts the parts of a body one by one, each by its own type and name.
func (r *Redactor) multipart(boundary string, data []byte, depth int) []byte {
	delimiter := []byte("--" + boundary)
	parts := bytes.Split(data, delimiter)
	var form strings.Builder // of the short values, which say what the others are
	for _, part := range parts {
		head, content, _ := cutPart(part)
		value := strings.TrimSpace(string(content[:min(len(content), rules.MaxName)]))
		form.WriteString(url.QueryEscape(cmp.Or(nameOf(head), "-")) + "=" + url.QueryEscape(value) + "&")
	}
	classes := judge.Classes(scan.ReadForm(form.String()), r.contextFor(judge.Context{}, 0))
	for i, part := range parts {
		if i == 0 || bytes.HasPrefix(part, []byte("--")) {
			parts[i] = bytesIfChanged(part, r.plain(stringOf(r.readable("", part))))
			continue
		}
		parts[i] = r.part(part, classes[min(i+2, len(classes)-1)], depth)
	}
	return bytesIfChanged(data, stringOf(bytes.Join(parts, delimiter)))
}

// cutPart returns the header of a part, its content, and what is between them.
func cutPart(part []byte) (head, content []byte, sep string) {
	for _, sep := range [...]string{"\r\n\r\n", "\n\n"} {
		if head, content, ok := bytes.Cut(part, []byte(sep)); ok {
			return head, content, sep
		}
	}
	return part, nil, "" // cut in its header
}

// part redacts the header and the content of one part, which has a class by its name and the other
// parts.
func (r *Redactor) part(part []byte, class rules.Class, depth int) []byte {
	head, content, sep := cutPart(part)
	if !decode.IsPlainText("", head) {
		return r.readable("", part)
	}
	tail := content[len(bytes.TrimRight(content, "\r\n")):]
	content = content[:len(content)-len(tail)]
	name, contentType := nameOf(head), firstGroup(partType.Get(), string(head))
	if quotedPrintable.MatchString(string(head)) {
		plain, _ := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(content))) // errors leave the readable part
		if !bytes.Equal(r.bodyAt(contentType, plain, depth+1), plain) {
			class = rules.Secret
		}
	}
	var red []byte
	redHead := r.partHead(string(head))
	r.trace.setClass(why{byName, name})
	if class == rules.Plain || decode.IsJSON(decode.MediaType(contentType)) && class != rules.Secret {
		text := r.readable(contentType, content)
		red = r.bodyAt(contentType, bytesIfChanged(text, r.byUserFormat(name, stringOf(text))), depth+1)
	} else {
		red = bytesIfChanged(content, r.value(class, r.byUserFormat(name, string(content)), 0))
	}
	if bytes.Equal(red, content) && redHead == string(head) { // a large file is not copied
		return part
	}
	return []byte(redHead + sep + string(red) + string(tail))
}

// partHead redacts the header of a part line by line.
func (r *Redactor) partHead(head string) string {
	lines := strings.SplitAfter(head, "\n")
	for i, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			lines[i] = r.plain(line)
			continue
		}
		text := strings.TrimRight(value, "\r\n")
		if red := r.header(strings.TrimSpace(name), text); red != text {
			lines[i] = name + ":" + red + value[len(text):]
		}
	}
	return strings.Join(lines, "")
}

// The field name and the media type in the header of a part, which may have lines that are not
// valid.
var (
	partName        = lazyregexp.New(`(?im)^[ \t]*content-disposition:(?:[^"\n]|"[^"\n]*")*?;\s*name\*?\s*=\s*(?:utf-8'')?["']?([^"';\r\n]*)`)
	partType        = lazyregexp.New(`(?im)^[ \t]*content-type:[ \t]*([^\r\n]*)`)
	quotedPrintable = lazyregexp.New(`(?im)^[ \t]*content-transfer-encoding:[ \t]*quoted-printable`)
)

func nameOf(head []byte) string { return scan.Unescape(firstGroup(partName.Get(), string(head))) }

// firstGroup returns what the group of an expression matches first, "" if it does not match.
func firstGroup(re *regexp.Regexp, text string) string {
	if m := re.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}
