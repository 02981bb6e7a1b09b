package route

import (
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// class says what kind of thing a property holds, by its name.
type fieldClass uint32

// The classes are bits: a value may stand in several fields.
const (
	classOtherField fieldClass = 1 << iota
	classNameField             // name, path, tag, …
	classIDField               // id, slug, login, number, …
	classItem                  // a bare scalar in a list
	classVocabulary            // type, kind, status, …: words of the API, not of its data
	classInRequest             // also sent
	classSecret                // passwords and the like: their values are not looked at
)

var (
	idWords = set("id", "ids", "uuid", "guid", "uid", "gid", "login", "number", "sha", "key", "slug", "handle", "username", "code",
		"arn", "sid", "identifier", "hash", "iid", "oid", "urn", "ref", "address", "serial", "isbn", "sku", "symbol", "ticker", "digest", "fingerprint")
	nameWords = set("name", "email", "path", "tag", "title", "label", "filename", "namespace", "namespaces", "alias", "host", "hostname", "domain",
		"branch", "repo", "repository", "owner", "user", "org", "organization", "team", "project", "group", "region", "zone", "country", "language", "locale", "topic", "version")
	vocabularyWords = set("type", "types", "kind", "status", "state", "action", "url", "uri", "href", "event", "object", "role", "permission",
		"description", "message", "method", "mode", "level", "category", "format", "reason", "visibility", "severity", "priority",
		"scope", "rel", "self", "class", "apiversion", "error", "errors", "body", "text", "content", "note", "summary", "operation", "verb", "verbs", "resources", "resource", "engine")
)

func set(ws ...string) map[string]bool {
	m := make(map[string]bool, len(ws))
	for _, w := range ws {
		m[w] = true
	}
	return m
}

// classOf classifies a property by the last word of its name.
func classOf(field string, item bool) fieldClass {
	ws := noun.Words(field)
	if len(ws) == 0 {
		return classNameField | classItem
	}
	last := ws[len(ws)-1]
	switch {
	case secretWords[last]:
		return classVocabulary | classSecret
	case vocabularyWords[last]:
		return classVocabulary
	case item && wrapperWords[last]: // a list of names, not one of a thing's many
		return classNameField | classItem
	case item:
		return classItem
	case idWords[last], strings.HasSuffix(last, "id") && len(last) > 4 && len(ws) == 1 && isIDSuffix(last):
		return classIDField
	case nameWords[last], strings.HasSuffix(last, "name"):
		return classNameField
	}
	return classOtherField
}

// secretWords are what secrets are called that people choose, so that a hash could be guessed.
var secretWords = set("password", "passwd", "pwd", "passphrase", "passcode", "secret", "pin", "otp", "cvv", "cvc", "ssn", "credential", "credentials")

// wrapperWords are what lists are called that answers consist of.
var wrapperWords = set("data", "items", "results", "values", "list", "entries", "records", "names", "keys", "content", "result")

// idTail tells accountid from paid, valid and grid.
func isIDSuffix(w string) bool {
	switch w {
	case "valid", "invalid", "hybrid", "android", "fluid", "rapid", "solid", "liquid", "avoid", "unpaid", "prepaid", "covid", "david", "madrid":
		return false
	}
	return true
}

// generic names say nothing without their owner (the id of what?), so that facts know such a field by both: owner.id.
var ownerlessWords = set("id", "uuid", "guid", "uid", "gid", "name", "key", "slug", "number", "code", "title", "value", "sha", "path", "login", "ref", "label", "email", "tag", "sid", "iid",
	"handle", "hash", "identifier", "serial")

// ownIDWords are what APIs call identifiers that have a word of their own for them.
var ownIDWords = set("uuid", "guid", "uid", "gid", "sid")

// personWords are what people are called in paths.
var personNouns = set("user", "member", "collaborator", "contributor", "assignee", "follower", "author", "player", "friend")

// roleWords begin the names of fields that hold the id of something for what it is to something else.
var roleWords = set("deleted", "created", "updated", "removed", "parent", "previous", "next", "old", "new", "original", "source", "target", "in", "last", "first")
