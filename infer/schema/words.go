package schema

import "strings"

// lower writes a name as lower-case words joined by _, so that repoName and repo_name compare equal.
func lower(name string) string { return strings.Join(words(name), "_") }

// uncountable words and those whose last s is no plural.
var uncountable = map[string]bool{
	"status": true, "address": true, "access": true, "process": true, "progress": true, "series": true, "species": true,
	"news": true, "analysis": true, "basis": true, "alias": true, "bus": true, "bonus": true, "campus": true,
	"canvas": true, "class": true, "dns": true, "https": true, "cors": true, "css": true, "tls": true, "aws": true,
	"ios": true, "os": true, "gas": true, "lens": true, "virus": true, "census": true, "consensus": true, "radius": true,
	"details": true, "settings": true, "analytics": true, "metrics": true, "statistics": true, "stats": true,
	"credentials": true, "preferences": true, "permissions": true, "contents": true,
}

var irregular = map[string]string{"people": "person", "children": "child", "men": "man", "women": "woman",
	"indices": "index", "vertices": "vertex", "matrices": "matrix", "appendices": "appendix", "criteria": "criterion",
	"media": "media", "data": "data", "metadata": "metadata", "leaves": "leaf", "lives": "life", "shelves": "shelf",
	"wolves": "wolf", "halves": "half", "caches": "cache", "aches": "ache", "axes": "axis", "movies": "movie",
	"cookies": "cookie", "series": "series", "quizzes": "quiz", "feet": "foot", "mice": "mouse", "geese": "goose",
	"teeth": "tooth", "aliases": "alias", "statuses": "status", "buses": "bus", "viruses": "virus", "ties": "tie"}

// singular gives the singular of the last word of a name written by lower.
func singular(name string) string {
	head, w := "", name
	if i := strings.LastIndexByte(name, '_'); i >= 0 {
		head, w = name[:i+1], name[i+1:]
	}
	return head + singularWord(w)
}

func singularWord(w string) string {
	if s, ok := irregular[w]; ok {
		return s
	}
	n := len(w)
	switch {
	case uncountable[w] || n < 3 || w[n-1] != 's':
		return w
	case strings.HasSuffix(w, "ss") || strings.HasSuffix(w, "us") || strings.HasSuffix(w, "is"):
		return w
	case strings.HasSuffix(w, "ies") && n > 4:
		return w[:n-3] + "y"
	case strings.HasSuffix(w, "sses") || strings.HasSuffix(w, "shes") || strings.HasSuffix(w, "ches") || strings.HasSuffix(w, "xes") || strings.HasSuffix(w, "zzes"):
		return w[:n-2]
	}
	return w[:n-1]
}
