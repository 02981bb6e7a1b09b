package failure

import (
	"regexp"
	"slices"
	"strings"
)

// Texts of markup: elements that commonly hold a message, and elements of a class for messages.
var (
	markupMessage = regexp.MustCompile(`(?is)<(?:[a-z0-9_-]+:)?(message|detail|description|errormessage|faultstring|` +
		`reason|error|title|h1)(?:\s[^>]*)?>([^<]+)<`)
	markupRank = []string{"message", "errormessage", "faultstring", "detail", "description", "reason", "title", "h1", "error"}
	opening    = regexp.MustCompile(`(?s)<([A-Za-z0-9-]+)(\s[^>]*)>`)
	classes    = regexp.MustCompile(`(?i)\s(?:class|role|id)\s*=\s*("[^"]*"|'[^']*'|[^\s"']+)`)
	classWord  = regexp.MustCompile(`[a-z]+`)
	hidden     = regexp.MustCompile(`(?is)<(script|style|template|svg)\b.*?</(?:script|style|template|svg)\s*>|<!--.*?-->`)
	tag        = regexp.MustCompile(`(?s)<[^>]*>`)
	entities   = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&#39;", "'", "&apos;", "'", "&nbsp;", " ", "&amp;", "&")
)

// classWords are words in the class, role or id of elements that tell a person what failed.
var classWords = []string{"error", "errors", "alert", "flash", "invalid", "danger", "failure"}

// ofMarkup returns the message of an XML document or HTML page.
func ofMarkup(text string) string {
	page := hidden.ReplaceAllString(text, "")
	if s := ofClass(page); s != "" {
		return s
	}
	found := map[string]string{}
	for _, m := range markupMessage.FindAllStringSubmatch(text, 50) {
		name := strings.ToLower(m[1])
		if s := strings.TrimSpace(m[2]); found[name] == "" && s != "" {
			found[name] = entities.Replace(s)
		}
	}
	for _, name := range markupRank {
		if found[name] != "" {
			return found[name]
		}
	}
	if s := visibleText(page); len(s) <= maxShort { // a page that has little
		return s
	}
	return ""
}

// ofClass returns the text of the first element whose class is for messages of errors, as pages of
// forms have them.
func ofClass(page string) string {
	for _, m := range opening.FindAllStringSubmatchIndex(page, 500) {
		values := strings.Join(classes.FindAllString(page[m[4]:m[5]], 5), " ")
		words := classWord.FindAllString(strings.ToLower(values), 30)
		if !slices.ContainsFunc(words, func(w string) bool { return slices.Contains(classWords, w) }) {
			continue
		}
		inner, _, _ := strings.Cut(page[m[1]:], "</"+page[m[2]:m[3]])
		if s := visibleText(inner); s != "" && len(s) <= maxShort {
			return s
		}
	}
	return ""
}

// visibleText returns what is left of markup without its tags.
func visibleText(markup string) string {
	return strings.Join(strings.Fields(entities.Replace(tag.ReplaceAllString(markup, " "))), " ")
}
