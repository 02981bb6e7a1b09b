package guard

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"math"
	"mime"
	"net/textproto"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spectap/spectap/internal/visible"
)

// maxHex is the number of bytes that are shown of a body that is not text.
const maxHex = 64

// IsText reports whether a body is text in UTF-8 without control characters, but for tabs and line
// breaks.
func IsText(body []byte) bool {
	return !strings.ContainsFunc(string(body), func(r rune) bool { return !isText(r) }) && utf8.Valid(body)
}

func isText(r rune) bool {
	return r != utf8.RuneError && (r >= ' ' || r == '\t' || r == '\n' || r == '\r')
}

// DescribeBody describes a body for the person who decides. The result follows the body's size.
// Text is shown regardless of its media type, which the caller may choose. A body that is not all
// text is identified by its digest. If most of it is not text, its beginning is shown in
// hexadecimal, or it is shown part by part.
func DescribeBody(body []byte, limit int) string {
	total, text := 0, 0
	for _, r := range string(body) {
		total++
		if isText(r) {
			text++
		}
	}
	switch {
	case total == 0:
		return ""
	case text == total:
		return ": " + ExcerptBody(string(body), limit)
	}
	digest := fmt.Sprintf(" with the SHA-256 digest %x", sha256.Sum256(body))
	if text*10 >= total*8 {
		return digest + ": " + ExcerptBody(string(body), limit)
	}
	if parts := describeParts(body, limit); parts != "" {
		return digest + " in parts: " + parts
	}
	return fmt.Sprintf("%s that begin in hexadecimal with %x", digest, body[:min(len(body), maxHex)])
}

// maxBoundary is the greatest length of the boundary of a multipart body (RFC 2046, section 5.1.1),
// with its two dashes.
const maxBoundary = 72

// describeParts describes each part of a body that looks like multipart, so that a file cannot hide
// other fields. It returns "" for other bodies and for those with too many parts.
func describeParts(body []byte, limit int) string {
	boundary, _, _ := bytes.Cut(body, []byte("\r\n"))
	if !bytes.HasPrefix(boundary, []byte("--")) || len(boundary) > maxBoundary || !IsText(boundary) {
		return ""
	}
	parts := bytes.Split(body[len(boundary):], append([]byte("\r\n"), boundary...))
	if len(parts) == 1 || len(parts)*minShare > limit {
		return ""
	}
	shown := make([]string, len(parts))
	for i, part := range parts {
		shown[i] = string(part)
		if head, content, ok := bytes.Cut(part, []byte("\r\n\r\n")); ok && !IsText(part) {
			shown[i] = fmt.Sprintf("%s: %d bytes with the SHA-256 digest %x", fileOf(head), len(content), sha256.Sum256(content))
		}
	}
	return ExcerptList(shown, " ", limit)
}

// fileOf returns the field, name and type of a file from the head of a part. A head with other
// content is returned unchanged.
func fileOf(head []byte) string {
	h, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(append(bytes.TrimLeft(head, "\r\n"), "\r\n\r\n"...)))).ReadMIMEHeader()
	kind, params, bad := mime.ParseMediaType(h.Get("Content-Disposition"))
	typ := h["Content-Type"]
	isOther := len(h)-len(h["Content-Disposition"])-len(typ) != 0 || len(h["Content-Disposition"]) != 1 || len(typ) > 1 ||
		bytes.Contains(head, []byte("*=")) // a name in another form
	if err != nil || bad != nil || kind != "form-data" || params["filename"] == "" || len(params) != 2 || isOther {
		return string(head)
	}
	return fmt.Sprintf("%s: file %q, %s", params["name"], params["filename"], cmp.Or(strings.Join(typ, ""), "of no type"))
}

// Excerpt returns untrusted text for the person who decides: on one line, with invisible characters
// escaped and lookalike letters marked, so that it cannot hide or imitate other text. Of more than
// limit characters it returns both ends and the number of omitted ones.
func Excerpt(s string, limit int) string { return bothEnds([]rune(visible.LookalikeLine(s)), limit) }

func bothEnds(r []rune, limit int) string {
	if len(r) <= limit {
		return string(r)
	}
	tail := limit / 4
	head, end := string(r[:limit-tail]), string(r[len(r)-tail:])
	return fmt.Sprintf("%s … (%d characters are not shown) … %s", head, len(r)-limit, end)
}

// The minimum of characters that ExcerptList shows of a text, and the maximum of texts.
const (
	minShare  = 60
	maxListed = 500
)

// ExcerptList is Excerpt for several texts with a separator between them, such as the headers of a
// request. The texts share the limit, so that none hides another; short ones are shown in full.
func ExcerptList(list []string, sep string, limit int) string {
	texts := make([][]rune, len(list))
	sizes := make([]int, len(list))
	for i, s := range list {
		texts[i] = []rune(visible.LookalikeLine(s))
		sizes[i] = len(texts[i])
	}
	share := shareOf(sizes, limit-len(sep)*(len(list)-1))
	var b strings.Builder
	for i, r := range texts {
		switch missing := len(list) - maxListed; {
		case i < maxListed/2 || i >= maxListed/2+missing:
			b.WriteString(bothEnds(r, share))
		case i == maxListed/2:
			fmt.Fprintf(&b, "… (%d more are not shown) …", missing)
		default:
			continue
		}
		if i < len(list)-1 {
			b.WriteString(sep)
		}
	}
	return b.String()
}

// shareOf returns the largest bound on each size that keeps their sum within a limit, but at least
// minShare.
func shareOf(sizes []int, limit int) int {
	slices.Sort(sizes)
	for i, n := range sizes {
		share := limit / (len(sizes) - i)
		if n > share {
			return max(share, minShare)
		}
		limit -= n
	}
	return math.MaxInt
}

// ExcerptURL is Excerpt for a URL: a part of each segment and parameter is shown.
func ExcerptURL(u string, limit int) string {
	path, query, has := strings.Cut(u, "?")
	out := ExcerptList(strings.Split(path, "/"), "/", limit)
	if has {
		out += "?" + ExcerptList(strings.Split(query, "&"), "&", limit)
	}
	return out
}

// ExcerptBody is Excerpt for a text body: a part of each member, field or line is shown unless
// there are too many.
func ExcerptBody(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return Excerpt(s, limit)
	}
	var list []string // with the separators, so that together they are the body
	for rest := s; rest != ""; rest = rest[len(list[len(list)-1]):] {
		if len(list)*minShare > limit {
			return Excerpt(s, limit)
		}
		end := cmp.Or(strings.IndexAny(rest, ",&\n")+1, len(rest))
		list = append(list, rest[:end])
	}
	if len(list) == 1 {
		return Excerpt(s, limit)
	}
	return ExcerptList(list, "", limit)
}
