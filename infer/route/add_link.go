package route

import (
	"bytes"
	"strings"

	"github.com/spectap/spectap/infer/bottomk"
)

// isURL reports whether a value is an absolute or a rooted URL.
func isURL(s []byte) bool {
	switch {
	case len(s) < 3:
		return false
	case s[0] == 'h':
		return bytes.HasPrefix(s, []byte("https://")) || bytes.HasPrefix(s, []byte("http://"))
	}
	return s[0] == '/' && (isLetter(s[1]) || isDigit(s[1])) && bytes.IndexByte(s[1:], '/') > 0
}

// addLink records the path of a URL, with identifiers replaced by shared labels. Such paths reveal
// siblings that nobody requested. Expressions of a URI template (RFC 6570) are kept.
func (t *Tree) addLink(text []byte, h uint64) {
	slot, ok := t.recentLinks.find(h)
	if ok {
		return
	}
	t.recentLinks.put(slot, h)
	url := string(text)
	path := url
	if i := strings.Index(url, "://"); i >= 0 {
		path = url[i+3:]
		j := strings.IndexByte(path, '/')
		if j < 0 {
			return
		}
		path = path[j:]
	}
	if i := strings.IndexAny(path, "?#"); i >= 0 && (path[i] == '#' || i == 0 || path[i-1] != '{') {
		path = path[:i]
	}
	path = templatePath(path)
	t.linkSegments, _ = splitPath(path, t.linkSegments[:0])
	segments := t.linkSegments
	if len(segments) < 1 || len(segments) > 16 {
		return
	}
	b := t.linkBuffer[:0]
	for i := range segments {
		b = append(b, '/')
		if open := strings.IndexByte(segments[i].decoded, '{'); open == 0 ||
			open > 0 && strings.IndexByte(segments[i].decoded, '}') > open {
			b = append(b, segments[i].decoded...)
		} else {
			b = append(b, segments[i].label...)
		}
	}
	t.linkBuffer = b
	key := bottomk.Hash(b)
	if _, ok := t.linkPaths.entries[key]; !ok && t.linkPaths.covers(key) {
		t.linkPaths.put(key, string(b))
	}
}

// templatePath turns the expressions of a URI template into segments: issues{/number} becomes
// issues/{number}. It drops expressions for queries and fragments.
func templatePath(path string) string {
	if strings.IndexByte(path, '{') < 0 {
		return path
	}
	var b strings.Builder
	for path != "" {
		i := strings.IndexByte(path, '{')
		if i < 0 {
			b.WriteString(path)
			break
		}
		j := strings.IndexByte(path[i:], '}')
		if j < 2 {
			return b.String() + path[:i]
		}
		b.WriteString(path[:i])
		expr := path[i+1 : i+j]
		switch expr[0] {
		case '/':
			for v := range strings.SplitSeq(expr[1:], ",") {
				b.WriteString("/{" + v + "}")
			}
		case '?', '&', '#', ';':
		default:
			b.WriteString("{" + expr + "}")
		}
		path = path[i+j+1:]
	}
	return b.String()
}
