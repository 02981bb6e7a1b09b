package judge

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/flow/redact/rules"
	"github.com/spectap/spectap/internal/ascii"
	"github.com/spectap/spectap/internal/lazyregexp"
	"github.com/spectap/spectap/internal/verb"
)

// IsPathSecret reports whether a segment of a path, percent-decoded, is a secret because of the
// segment before it: /reset/token/swordfish, /login/password/hunter2.
func IsPathSecret(before, segment string) bool {
	if len(before) < 3 || len(before) > rules.MaxName {
		return false
	}
	if rules.ClassOf(before) == rules.Secret && !isPlural(before) && !strings.HasSuffix(strings.ToLower(before), "authorization") {
		return !isPathLiteral(before, segment)
	}
	opens := linkWords[rules.LastWord(before)]
	if !opens && !isPlural(before) {
		return false
	}
	return !IsPrefixedID(segment) && (LooksGenerated(segment) || opens && isLinkSecret(segment))
}

// isLocation reports whether a value is an absolute path or a URL of words and ids, which names
// something and opens nothing.
func isLocation(v string) bool {
	return location.MatchString(v) && !hasLinkWord(v) && !slices.ContainsFunc(strings.Split(v, "/"), func(segment string) bool {
		return isLinkSecret(segment) || rules.ClassOf(segment) == rules.Secret
	})
}

// location matches $PROJECT:vstfs:///Team/crew12, /v1/access-lists and URLs. Below a host, a UUID
// can be the secret of a webhook.
var location = lazyregexp.New(`^(?:\$[A-Z]*:?)?(?:[a-z]+://)?(?:/(?:` + words + `|[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}))+$|^[a-z]+:/(?:/` + words + `)+$`)

const words = `(?:v\d|(?:(?:[A-Z]?[a-z]{2,13}|[A-Z]{2,13})[-_.]?){1,4}\d{0,3})`

// isPlural reports whether a segment lists secrets: what follows is an id.
func isPlural(segment string) bool {
	low := strings.ToLower(segment)
	return strings.HasSuffix(low, "s") && !strings.HasSuffix(low, "ss") && rules.ClassOf(segment) == rules.Secret || low == "incomingwebhook"
}

var linkWords = rules.Set("links")

// isLinkSecret reports whether a segment is no word or id: sesam4horse, Zq8rT2mW.
func isLinkSecret(segment string) bool {
	c := Count(segment)
	if len(segment) < 8 || ascii.IsUUID(segment) || c.Other > 0 || c.Digit == 0 || c.Lower+c.Upper < 2 {
		return c.Lower == len(segment) && len(segment) >= 14
	}
	return c.Lower > 1 && c.Upper > 1 || c.DigitChanges > 1
}

// isPathLiteral reports whether a segment after the name of a secret is a word of the API, such as
// the action in /token/refresh, or an id.
func isPathLiteral(before, segment string) bool {
	switch {
	case segment == "" || strings.IndexByte("{:*<[$", segment[0]) >= 0: // a template or placeholder
		return true
	case IsPrefixedID(segment), rules.ClassOf(segment) == rules.Secret: // /credential/token
		return true
	case ascii.AllDigits(segment):
		return len(segment) < 3 || strings.HasSuffix(strings.ToLower(before), "token")
	case rules.LastWord(before) == "pin": // a PIN is digits: /TripPin/People is a service of OData
		return true
	case len(segment) < 4 && segment[0]|0x20 == 'v' && ascii.AllDigits(segment[1:]):
		return true
	}
	if strings.Trim(segment, letters+"-_.") != "" {
		return false
	}
	if w := rules.LastWord(before); w == "otp" || w == "totp" { // a one-time password has digits
		return true
	}
	first, _, _ := strings.Cut(rules.Words(segment), "_")
	return verb.Is(first) || pathNouns[first] || pathNouns[rules.LastWord(segment)]
}

var pathNouns = rules.Set("path-nouns")

// IsWebhookToken reports whether a segment of a path is the secret of a webhook by the two segments
// before it: webhooks/123456789012345678/x. In random letters and digits, every second character
// differs in class from the one before. In names and ids of deliveries, far fewer do.
func IsWebhookToken(kind, id, segment string) bool {
	if kind != "webhooks" && kind != "hooks" || len(segment) < 16 || len(id) < 6 || !ascii.AllDigits(id) || IsPrefixedID(segment) {
		return false
	}
	c := Count(segment)
	return c.Upper >= 3 && c.Lower >= 3 && c.Changes*2 >= len(segment)-1 && c.Other*6 <= len(segment)
}

// ChangesSecret reports whether one of the last two segments of a path names a secret that people
// choose: /me/password, /password/change.
func ChangesSecret(path string) bool {
	return endsWith(path, func(segment string) bool {
		return rules.IsChosen(segment) && rules.ClassOf(segment) == rules.Secret || strings.HasPrefix(segment, "change-password")
	})
}

// endsWith reports whether f holds for one of the last two segments of a path.
func endsWith(path string, f func(segment string) bool) bool {
	segments := strings.Split(path, "/")
	return slices.ContainsFunc(segments[max(0, len(segments)-2):], f)
}

// OpensLink reports whether one of the last two segments of a path has a word of a link that gives
// access to whoever has it: /auth/magic, /accept-invite.
func OpensLink(path string) bool { return endsWith(path, hasLinkWord) }

// NamesLink reports whether a member of this name has such a link: reset_link, inviteUrl.
func NamesLink(name string) bool {
	return linkNames[rules.LastWord(name)] && hasLinkWord(name)
}

var linkNames = rules.Set("link-names")

func hasLinkWord(name string) bool {
	low := strings.ToLower(name)
	return slices.ContainsFunc(rules.List("link-stems"), func(w string) bool { return strings.Contains(low, w) })
}

// IsLinkToken reports whether a segment of a path is the token of a link by the segment two before
// it: /reset/MjM/c5q2xz-8d7f6e5d4c3b2a19, as Django has it.
func IsLinkToken(kind, segment string) bool {
	return (linkWords[rules.LastWord(kind)] || rules.IsChosen(kind)) && kind != "share" && kind != "link" && LooksGenerated(segment) && !IsPrefixedID(segment)
}

// TakesCode reports whether, by the last segments of its path, a request has a code that people
// type: /auth/verify-otp, /login/2fa, /email/verify.
func TakesCode(path string) bool {
	segments := strings.Split(strings.Trim(strings.ToLower(path), "/"), "/")
	checks, checked := false, false
	for n, segment := range segments[max(0, len(segments)-4):] {
		isNear := n >= min(len(segments), 4)-2
		for _, w := range append(strings.FieldsFunc(segment, func(c rune) bool { return c == '-' || c == '_' || c == '.' }), unjoined.Replace(segment)) {
			if codeWords[w] {
				return true
			}
			checks, checked = checks || isNear && checkWords[w], checked || isNear && checkedWords[w]
		}
	}
	return checks && checked
}

// unjoined removes the signs that join the words of a name.
var unjoined = strings.NewReplacer("-", "", "_", "")

var codeWords, checkWords, checkedWords = rules.Set("code-words"), rules.Set("check-words"), rules.Set("checked-words")
