package route

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/rules"
	"github.com/spectap/spectap/infer/noun"
)

// fieldClass is the kind of value that a property holds, by its name.
type fieldClass uint32

// The classes are bits, since a value may occur in several fields.
const (
	classOtherField fieldClass = 1 << iota
	classNameField             // name, path, tag, …
	classIDField               // id, slug, login, number, …
	classItem                  // an array element that is not an object
	classVocabulary            // type, kind, status, …: vocabulary of the API, not data
	classInRequest             // also occurs in requests
	classSecret                // passwords and other chosen secrets: their values are not indexed
)

var (
	idWords = set("id", "ids", "uuid", "guid", "uid", "gid", "login", "number", "sha", "key", "slug", "handle",
		"username", "code", "arn", "sid", "identifier", "hash", "iid", "oid", "urn", "ref", "address", "serial",
		"isbn", "sku", "symbol", "ticker", "digest", "fingerprint")
	nameWords = set("name", "email", "path", "tag", "title", "label", "filename", "namespace", "namespaces",
		"alias", "host", "hostname", "domain",
		"branch", "repo", "repository", "owner", "user", "org", "organization", "team", "project", "group",
		"region", "zone", "country", "language", "locale", "topic", "version")
	vocabularyWords = set("type", "types", "kind", "status", "state", "action", "url", "uri", "href", "event",
		"object", "role", "permission", "description", "message", "method", "mode", "level", "category", "format",
		"reason", "visibility", "severity", "priority", "scope", "rel", "self", "class", "apiversion", "error",
		"errors", "body", "text", "content", "note", "summary", "operation", "verb", "verbs", "resources", "resource",
		"engine")
)

// set returns the words as a set.
func set(words ...string) map[string]bool {
	m := make(map[string]bool, len(words))
	for _, w := range words {
		m[w] = true
	}
	return m
}

// classOf classifies a property by the last word of its name.
func classOf(field string, item bool) fieldClass {
	words := noun.Words(field)
	if len(words) == 0 {
		return classNameField | classItem
	}
	last := words[len(words)-1]
	switch {
	case rules.IsChosen(last):
		return classVocabulary | classSecret
	case vocabularyWords[last]:
		return classVocabulary
	case item && wrapperWords[last]: // a list of names, not one of many values of a thing
		return classNameField | classItem
	case item:
		return classItem
	case idWords[last], strings.HasSuffix(last, "id") && len(last) > 4 && len(words) == 1 && isIDSuffix(last):
		return classIDField
	case nameWords[last], strings.HasSuffix(last, "name"):
		return classNameField
	}
	return classOtherField
}

// wrapperWords name the list that a response consists of.
var wrapperWords = set("data", "items", "results", "values", "list", "entries", "records", "names", "keys",
	"content", "result")

// isIDSuffix reports whether the "id" at the end of a word means identifier: true for accountid,
// false for paid and valid.
func isIDSuffix(w string) bool {
	switch w {
	case "valid", "invalid", "hybrid", "android", "fluid", "rapid", "solid", "liquid", "avoid", "unpaid", "prepaid",
		"covid", "david", "madrid":
		return false
	}
	return true
}

// ownerlessWords mean little without the object they belong to. Facts therefore qualify such a
// field by its owner, as in owner.id.
var ownerlessWords = set("id", "uuid", "guid", "uid", "gid", "name", "key", "slug", "number", "code", "title",
	"value", "sha", "path", "login", "ref", "label", "email", "tag", "sid", "iid", "handle", "hash", "identifier",
	"serial")

// ownIDWords are words that some APIs use for their own identifiers instead of id.
var ownIDWords = set("uuid", "guid", "uid", "gid", "sid")

// personNouns are path literals for collections of people, in the singular.
var personNouns = set("user", "member", "collaborator", "contributor", "assignee", "follower", "author", "player",
	"friend")

// IsPerson reports whether a noun in the singular names a kind of people.
func IsPerson(noun string) bool { return personNouns[noun] }

// roleWords begin field names that refer to a thing by its role, such as parent_id or created_by.
var roleWords = set("deleted", "created", "updated", "removed", "parent", "previous", "next", "old", "new",
	"original", "source", "target", "in", "last", "first")
