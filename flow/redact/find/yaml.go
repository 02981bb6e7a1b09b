package find

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/internal/ascii"
)

// openYAML sets the region to what stands below the secret name at s[i] in YAML, or after an anchor
// or tag: a block scalar, a list, a mapping. The value of the name starts at k. It reports whether
// there is such a value.
func (sc *Scanner) openYAML(i, k int) bool {
	s := sc.Text
	switch s[k] {
	case '|', '>', '&', '!', '\n', '\r', '#':
	default:
		return false
	}
	if sep := strings.TrimRight(s[max(0, k-64):k], " \t"); sep == "" || sep[len(sep)-1] != ':' {
		return false
	}
	at := skipProperties(s, k)
	lineEnd := lex.IndexFrom(s, at, "\n")
	rest := strings.TrimSpace(s[at:lineEnd])
	switch {
	case at > k && rest != "" && !isBlockHeader(rest): // password: &a hunter2
		sc.region = region{start: at, end: lineEnd, kind: yamlRegion, at: at, name: "value"}
		return true
	case rest == "" || rest[0] == '#':
		end := blockEnd(s, lineEnd, indentOf(s, i), true)
		sc.region = region{start: lineEnd, end: end, kind: yamlRegion, at: lineEnd, name: "value"}
	case isBlockHeader(rest):
		end := blockEnd(s, lineEnd, indentOf(s, i), false)
		sc.region = region{start: lineEnd, end: end, kind: blockRegion, at: lineEnd}
	default:
		return false
	}
	return sc.region.end > sc.region.start
}

// holdsData reports whether the key at i holds the data of a manifest of Kubernetes of the kind
// Secret, which are secrets.
func (sc *Scanner) holdsData(key string, i int) bool {
	s := sc.Text
	if key != "data" && key != "stringData" {
		return false
	}
	if i > 0 && s[i-1] != '\n' {
		return sc.holdsDataOfItem(i)
	}
	if i < sc.manifestEnd {
		return sc.isManifest
	}
	before, after := s[max(0, i-maxRegion):i], s[i:min(len(s), i+maxRegion)]
	before = before[strings.LastIndex(before, "\n---")+1:]
	if n := strings.Index(after, "\n---"); n >= 0 {
		after = after[:n]
	}
	sc.isManifest, sc.manifestEnd = isSecretManifest(before) || isSecretManifest(after), i+len(after)
	return sc.isManifest
}

// holdsDataOfItem is holdsData for a manifest in a list, as kubectl prints several: the keys beside
// the one at i have its column.
func (sc *Scanner) holdsDataOfItem(i int) bool {
	s, column := sc.Text, indentOf(sc.Text, i)
	start := i - column
	if start < 0 || start > 0 && s[start-1] != '\n' {
		return false
	}
	if sc.itemBytes > len(s)+maxRegion {
		return true // its kind is not looked for any more
	}
	isFirst := isItem(s[start:]) // upwards to the dash of the item
	for at := start; at > 0 && !isFirst; {
		end := at - 1
		at = strings.LastIndexByte(s[:end], '\n') + 1
		sc.itemBytes += end - at
		line := s[at:end]
		text := strings.TrimLeft(line, " -")
		switch n := len(line) - len(text); {
		case text == "" || n > column:
		case n < column:
			isFirst = true // there is no list
		case isSecretManifest(text):
			return true
		default:
			isFirst = isItem(line)
		}
	}
	for at := lex.IndexFrom(s, start, "\n") + 1; at < len(s); {
		end := lex.IndexFrom(s, at, "\n")
		sc.itemBytes += end - at
		text := strings.TrimLeft(s[at:end], " ")
		n := end - at - len(text)
		at = end + 1
		switch {
		case strings.TrimSpace(text) == "" || n > column:
		case n < column || text[0] == '-':
			return false
		case isSecretManifest(text):
			return true
		}
	}
	return false
}

// isItem reports whether a line starts with the dash of a list.
func isItem(line string) bool { return strings.HasPrefix(strings.TrimLeft(line, " "), "- ") }

// isSecretManifest reports whether a part of a manifest has its kind, and that is Secret.
func isSecretManifest(part string) bool {
	for line := range strings.Lines(part) {
		if rest, ok := strings.CutPrefix(line, "kind:"); ok && strings.Trim(rest, " \t\r\n\"'") == "Secret" {
			return true
		}
	}
	return false
}

// findAfterKey finds the value of a key of YAML on a line of its own: "? password" and ": …" below
// it. The key is s[i:j].
func (sc *Scanner) findAfterKey(i, j int) (Span, bool) {
	k := skipSpace(sc.Text, j)
	if !sc.YAML || k+1 >= len(sc.Text) || sc.Text[k] != ':' || sc.Text[k+1] != ' ' || names.SensitivityOf(sc.Text[i:j]) != names.Secret {
		return Span{}, false
	}
	k = skipQuote(sc.Text, skipSpace(sc.Text, k+1))
	if k >= len(sc.Text) {
		return Span{}, false
	}
	return namedSpan(sc.Text, k, yamlScalarEnd(sc.Text, k, lex.IndexFrom(sc.Text, k, "\n")), names.Secret)
}

// skipProperties skips the anchors and tags before a node of YAML.
func skipProperties(s string, k int) int {
	for k < len(s) && (s[k] == '&' || s[k] == '!') {
		n := k + 1
		for n < len(s) && (wordByte[s[n]] || s[n] == '!' || s[n] == ':' || s[n] == '/' || s[n] == ',') {
			n++
		}
		if n < len(s) && !lex.IsBlank(s[n]) {
			return k
		}
		for n < len(s) && (s[n] == ' ' || s[n] == '\t') {
			n++
		}
		k = n
	}
	return k
}

// isBlockHeader reports whether a line ends like the first line of a block scalar: |, >-, |2+.
func isBlockHeader(rest string) bool {
	if rest == "" || rest[0] != '|' && rest[0] != '>' {
		return false
	}
	for i, c := range []byte(rest[1:]) {
		if c == ' ' || c == '#' {
			return strings.HasPrefix(strings.TrimSpace(rest[1+i:]), "#")
		}
		if c != '+' && c != '-' && !ascii.IsDigit(c) {
			return false
		}
	}
	return true
}

// indentOf returns the column of the name at i. Text before it on the line does not count, unless
// it is the dash of a list.
func indentOf(s string, i int) int {
	line := s[max(0, i-maxTagLen):i]
	line = line[strings.LastIndexByte(line, '\n')+1:]
	n := 0
	for n < len(line) && (line[n] == ' ' || line[n] == '-' && n+1 < len(line) && line[n+1] == ' ') {
		n++
	}
	return n
}

// blockEnd returns the end of the lines after the one that ends at k that are indented by more than
// indent columns. Items of a list need not be indented.
func blockEnd(s string, k, indent int, hasItems bool) int {
	end := k
	for k < len(s) && k < end+maxRegion {
		k++ // the line break
		lineEnd := lex.IndexFrom(s, k, "\n")
		line := s[k:lineEnd]
		text := strings.TrimLeft(line, " \t")
		n := len(line) - len(text)
		switch {
		case strings.TrimSpace(text) == "":
			k = lineEnd
			continue
		case n > indent, hasItems && n == indent && strings.HasPrefix(text, "- "):
		default:
			return end
		}
		k, end = lineEnd, lineEnd
	}
	return end
}

// nextInYAML returns the next scalar of a region of YAML.
func (sc *Scanner) nextInYAML() (Span, bool) {
	g := &sc.region
	s := sc.Text[:g.end]
	for g.at < len(s) {
		lineEnd := lex.IndexFrom(s, g.at, "\n")
		from := g.at
		g.at = min(len(s), lineEnd+1)
		for from < lineEnd && (lex.IsBlank(s[from]) || s[from] == '-' && from+1 < lineEnd && s[from+1] == ' ') {
			from++
		}
		if from == lineEnd || s[from] == '#' {
			continue
		}
		name, n := yamlKey(s[from:lineEnd])
		if n > 0 {
			g.name, from = name, from+n
		}
		for from < lineEnd && lex.IsBlank(s[from]) {
			from++
		}
		from = skipProperties(s[:lineEnd], from)
		if from == lineEnd || s[from] == '*' || isBlockHeader(strings.TrimSpace(s[from:lineEnd])) {
			continue
		}
		end := yamlScalarEnd(s, from, lineEnd)
		if s[from] == '"' || s[from] == '\'' {
			from++
		}
		if sp, ok := belowSpan(s, from, end, g.name); ok {
			g.at = max(g.at, end)
			return sp, true
		}
	}
	return Span{}, false
}

// yamlKey returns the name at the start of a line of YAML and its length with the colon, or 0.
func yamlKey(line string) (name string, n int) {
	if line[0] == '"' || line[0] == '\'' {
		n = strings.IndexByte(line[1:], line[0])
		if n < 0 || !strings.HasPrefix(line[n+2:], ":") {
			return "", 0
		}
		return line[1 : n+1], n + 3
	}
	for n = range len(line) {
		if line[n] == ':' && (n+1 == len(line) || lex.IsBlank(line[n+1])) {
			return line[:n], n + 1
		}
		if !wordByte[line[n]] && line[n] != '/' && line[n] != ' ' || n > names.MaxLen {
			break
		}
	}
	return "", 0
}

// yamlScalarEnd returns the end of the scalar that starts at from, without its quotes and comment.
func yamlScalarEnd(s string, from, lineEnd int) int {
	if q := s[from]; q == '"' || q == '\'' {
		return valueEnd(s, from+1, q, names.Secret)
	}
	end := lineEnd
	if n := strings.Index(s[from:lineEnd], " #"); n >= 0 {
		end = from + n
	}
	return from + len(strings.TrimRight(s[from:end], ", \t\r"))
}

// yamlValueEnd returns the end of the plain scalar at k, whose name is at s[i]: the end of the
// line, and of indented lines after it.
func yamlValueEnd(s string, i, k int) int {
	lineEnd := lex.IndexFrom(s, k, "\n")
	line := s[max(0, i-maxTagLen):i]
	if strings.IndexByte(line[strings.LastIndexByte(line, '\n')+1:], '{') >= 0 { // in a flow mapping
		return min(lineEnd, lex.IndexFrom(s, k, ",}"))
	}
	if end := blockEnd(s, lineEnd, indentOf(s, i), false); end > lineEnd {
		return end
	}
	return yamlScalarEnd(s, k, lineEnd)
}

// isManifest reports whether a text begins as a manifest of Kubernetes in YAML does.
func isManifest(s string) bool {
	return len(s) > len("kind: Secret") && (s[0] == 'a' || s[0] == 'k' || s[0] == '-') &&
		(strings.HasPrefix(s, "apiVersion: ") || strings.HasPrefix(s, "kind: ") || strings.HasPrefix(s, "---\napiVersion: "))
}
