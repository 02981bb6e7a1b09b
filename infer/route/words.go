package route

import "strings"

// words splits a name at joints and humps: "pullRequest_id" is pull, request, id. All are lower case.
func words(s string) []string {
	var out []string
	start := 0
	flush := func(end int) {
		if end > start {
			out = append(out, strings.ToLower(s[start:end]))
		}
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case !isLetter(c) && !isDigit(c):
			flush(i)
			start = i + 1
		case i > start && isUpper(c) && (!isUpper(s[i-1]) || i+1 < len(s) && isLetter(s[i+1]) && !isUpper(s[i+1]) && !(s[i+1] == 's' && i+2 == len(s))):
			flush(i)
			start = i
		}
	}
	flush(len(s))
	return out
}

func isUpper(c byte) bool  { return c >= 'A' && c <= 'Z' }
func isLetter(c byte) bool { return isUpper(c) || c >= 'a' && c <= 'z' || c >= 0x80 }

// uncountable words end in s, or are their own plural, without meaning many.
var uncountable = map[string]string{
	"status": "status", "statuses": "status", "address": "address", "addresses": "address", "access": "access",
	"accesses": "access", "news": "news", "series": "series", "process": "process", "processes": "process",
	"business": "business", "businesses": "business", "class": "class", "classes": "class", "bus": "bus", "buses": "bus",
	"gas": "gas", "canvas": "canvas", "canvases": "canvas", "alias": "alias", "aliases": "alias", "bias": "bias",
	"analysis": "analysis", "analyses": "analysis", "basis": "basis", "bases": "base", "axis": "axis", "axes": "axis",
	"crisis": "crisis", "crises": "crisis", "this": "this", "progress": "progress", "success": "success", "us": "us",
	"dns": "dns", "tls": "tls", "https": "https", "kubernetes": "kubernetes", "sms": "sms", "ssh": "ssh",
	"focus": "focus", "campus": "campus", "campuses": "campus", "bonus": "bonus", "bonuses": "bonus", "corpus": "corpus",
	"virus": "virus", "viruses": "virus", "census": "census", "consensus": "consensus", "apparatus": "apparatus",
	"lens": "lens", "lenses": "lens", "glass": "glass", "press": "press", "stress": "stress", "express": "express",
	"compass": "compass", "canvass": "canvass", "loss": "loss", "losses": "loss", "boss": "boss", "cross": "cross",
	"people": "person", "children": "child", "men": "man", "women": "woman", "feet": "foot", "teeth": "tooth",
	"mice": "mouse", "geese": "goose", "data": "data", "media": "media", "metadata": "metadata", "indices": "index",
	"indexes": "index", "vertices": "vertex", "matrices": "matrix", "appendices": "appendix", "criteria": "criterion",
	"movies": "movie", "cookies": "cookie", "calories": "calorie", "zombies": "zombie", "ties": "tie", "pies": "pie",
	"lies": "lie", "selfies": "selfie", "rookies": "rookie", "species": "species", "leaves": "leaf", "lives": "life",
	"knives": "knife", "shelves": "shelf", "wolves": "wolf", "halves": "half", "caches": "cache", "aches": "ache",
	"headaches": "headache", "niches": "niche", "quizzes": "quiz", "shoes": "shoe", "toes": "toe", "heroes": "hero",
	"potatoes": "potato", "tomatoes": "tomato", "echoes": "echo", "vetoes": "veto", "fs": "fs", "os": "os", "js": "js",
	"css": "css", "aws": "aws", "ids": "id", "apis": "api", "gps": "gps", "pos": "pos", "sos": "sos", "has": "has",
	"is": "is", "as": "as", "was": "was", "does": "does", "always": "always", "plus": "plus", "minus": "minus",
	"versus": "versus", "https-proxy": "https-proxy", "analytics": "analytics", "statistics": "statistics",
	"logistics": "logistics", "graphics": "graphics", "basics": "basics", "physics": "physics", "diagnostics": "diagnostics",
	"settings": "setting", "databases": "database", "phases": "phase", "purchases": "purchase", "warehouses": "warehouse",
	"houses": "house", "courses": "course", "horses": "horse", "nurses": "nurse", "responses": "response",
	"licenses": "license", "cases": "case", "releases": "release", "leases": "lease", "expenses": "expense",
	"uses": "use", "causes": "cause", "clauses": "clause", "pauses": "pause", "roses": "rose", "noses": "nose",
	"diseases": "disease", "increases": "increase", "bytes": "byte",
}

// singular makes one of many: keys is key, policies policy, statuses status. A word that is not a plural
// stays as it is.
func singular(w string) string {
	if s, ok := uncountable[w]; ok {
		return s
	}
	n := len(w)
	switch {
	case n < 3 || w[n-1] != 's' || w[n-2] == 's' || strings.HasSuffix(w, "us") || strings.HasSuffix(w, "is"):
		return w
	case strings.HasSuffix(w, "ies") && n > 4:
		return w[:n-3] + "y"
	case strings.HasSuffix(w, "sses"), strings.HasSuffix(w, "xes"), strings.HasSuffix(w, "shes"),
		strings.HasSuffix(w, "ches"), strings.HasSuffix(w, "uses") && !strings.HasSuffix(w, "ouses"), strings.HasSuffix(w, "zzes"):
		return w[:n-2]
	}
	return w[:n-1]
}

// isPlural says whether a segment names many things, by its last word, or by one before an "of"-like tail.
func isPlural(seg string) bool {
	ws := words(seg)
	if len(ws) == 0 {
		return false
	}
	last := ws[len(ws)-1]
	return singular(last) != last
}

// isDigitless says that a segment has letters and joints alone.
func isDigitless(s string) bool {
	for i := 0; i < len(s); i++ {
		if isDigit(s[i]) {
			return false
		}
	}
	return true
}

// plain is how names are compared: without case and joints.
func plain(s string) string { return string(appendPlain(nil, s)) }

func appendPlain(b []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '_', c == '-', c == '.':
		case isUpper(c):
			b = append(b, c|0x20)
		default:
			b = append(b, c)
		}
	}
	return b
}

// singularName makes the last word of a name one.
func singularName(s string) string {
	ws := words(s)
	if len(ws) == 0 {
		return s
	}
	last := ws[len(ws)-1]
	one := singular(last)
	i := strings.LastIndex(strings.ToLower(s), last)
	if one == last || i < 0 {
		return s
	}
	if strings.HasPrefix(last, one) {
		return s[:i] + s[i:i+len(one)] + s[i+len(last):]
	}
	if isUpper(s[i]) {
		one = strings.ToUpper(one[:1]) + one[1:]
	}
	return s[:i] + one + s[i+len(last):]
}

func camel(ws []string) string {
	var b strings.Builder
	for i, w := range ws {
		if i > 0 && w != "" {
			w = strings.ToUpper(w[:1]) + w[1:]
		}
		b.WriteString(w)
	}
	return b.String()
}
