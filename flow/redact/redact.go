// Package redact replaces secrets and personal data in captured traffic by placeholders.
//
// A [Redactor] replaces each value by a placeholder such as [redacted:secret:3f9a1c07be].
// Placeholders are keyed: under one key, equal values have equal placeholders, so that a reader
// still sees that two calls share a token, but nobody without the key can test a guess. Values that
// can be guessed have equal placeholders within an origin only. Redacting twice changes nothing
// more.
//
// A body is read by its content, not by its label. redact/scan makes one kind of tree of JSON, XML,
// forms, YAML and tables; redact/judge gives each value of it a class, by its name and what stands
// around it, and decides by the value's shape; redact/rules has the names, the formats of tokens
// and the labels of codes as data. What a client used as a credential is a secret wherever the flow
// repeats it.
//
// Redaction is best effort. It does not recognize a secret that looks like a word under a
// meaningless name, nor names and addresses of people. Bodies that it cannot read are omitted. Read
// redact.go first, then text.go (texts without structure), body.go, flow.go and known.go (what a
// flow repeats).
package redact

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact/judge"
	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/rules"
	"github.com/spectap/spectap/flow/redact/standin"
	"github.com/spectap/spectap/internal/ascii"
)

// Config configures redaction beyond the built-in rules. The zero value adds nothing.
type Config struct {
	// Rules are the user's rules. They only add: no rule turns off a built-in one.
	Rules Rules
	// MaxBody bounds the decoded size of a body that [Redactor.Flow] inspects, in bytes. It removes
	// what exceeds the bound. 0 means 16 MiB.
	MaxBody int64
	// Budget, unless nil, bounds what the compressed bodies of all flows have altogether. The
	// others are omitted.
	Budget *decode.Budget
	// Used, unless nil, has what the clients of the store used as credentials.
	Used *Used
}

const defaultMaxBody = 16 << 20

// Redactor redacts. It is immutable and safe for concurrent use.
type Redactor struct {
	key []byte
	// originKey is the key for what can be guessed in a flow, and site where its credentials are
	// known. Both are empty outside of flows.
	originKey []byte
	site      string
	cfg       Config
	rules     *ruleSet
	known     *known        // the secrets of the flow being redacted; otherwise nil
	standIns  standin.Set   // of the flow being redacted by Forwarded; otherwise nil
	context   judge.Context // of the body being redacted
	trace     *trace        // of Explain; otherwise nil
	learns    bool          // only secrets under names matter
	read      func(flow.Flow) flow.Flow
}

// New returns a redactor whose placeholders are keyed by key, which should be the store's secret.
// Without a key, placeholders are the same everywhere and guesses can be tested; use that in tests
// only.
func New(key []byte, cfg Config) *Redactor {
	cfg.MaxBody = cmp.Or(cfg.MaxBody, defaultMaxBody)
	r := &Redactor{key: append([]byte(nil), key...), cfg: cfg, rules: &cfg.Rules.ruleSet}
	if u := cfg.Used; u != nil && u.read != nil {
		u.by = r
	}
	return r
}

// Reading returns a redactor whose [Redactor.Flow] redacts what read returns for a flow: the same
// flow with bodies that redaction cannot read, such as messages of gRPC, as JSON. A nil read
// changes no flow. [Redactor.Forwarded] omits such bodies, since a store keeps what was sent.
func (r *Redactor) Reading(read func(flow.Flow) flow.Flow) *Redactor {
	one := *r
	one.read = read
	return &one
}

// maxNested bounds texts within texts: JSON in a string of JSON, a form in base64.
const maxNested = 4

// maxRounds bounds how often a text is read again after a change.
const maxRounds = 8

// settled redacts a text until nothing changes, since a placeholder may change how the text around
// it reads. Each round hides more, as placeholders stay. A text that still changes after the last
// round, which takes a text made for it, is hidden completely.
func settled[T ~string | ~[]byte](r *Redactor, text T, redact func(T) T) (out T) {
	defer hide(r, &out, text)
	out = text
	for range maxRounds {
		next := redact(out)
		if string(next) == string(out) {
			return out
		}
		if out = next; r.learns {
			return out
		}
	}
	return T(r.unread(string(text)))
}

// Value redacts a named value: of a header, a query or form parameter, a JSON member, a cookie.
func (r *Redactor) Value(name, value string) string {
	return settled(r, value, func(v string) string { return r.value(r.classOf(name, v), r.byUserFormat(name, v), 0) })
}

// classOf returns the class of the name of a value, by the value as well.
func (r *Redactor) classOf(name, value string) rules.Class {
	if c := r.rules.class(name); c != rules.Secret || !judge.IsOrdinary(name, value) {
		return c
	}
	return rules.Plain
}

// Text redacts free text: known formats anywhere, and values with their names before them.
func (r *Redactor) Text(s string) string { return settled(r, s, r.plain) }

func (r *Redactor) plain(s string) string { return r.value(rules.Plain, s, 0) }

// value redacts a value of a class.
func (r *Redactor) value(c rules.Class, value string, depth int) string {
	value = r.byUser(value)
	if len(value) < minText && c < rules.Weak {
		return value
	}
	if p, ok := judge.Hides(c, value); ok {
		r.trace.becauseOfClass()
		return value[:p.Start] + r.hidden(value[p.Start:p.End], p.Basic) + value[p.End:]
	} else if c == rules.Secret || r.learns {
		return value
	}
	if c != rules.Identifier && judge.IsRandomBase64(value) {
		r.trace.because(byRandom)
		return r.placeholderOfKind(mark.Secret, value)
	}
	if out, ok := r.nested(value, depth); ok {
		return out
	}
	return r.text(value, c, depth)
}

// minText is the length of the shortest text that may have a secret by its shape, in bytes.
const minText = 4

// byUserFormat applies the formats of the user to a value with a name.
func (r *Redactor) byUserFormat(name, value string) string {
	return r.replaceSpans(value, r.rules.find(name, value))
}

// byUser applies the regular expressions and formats of the user.
func (r *Redactor) byUser(s string) string {
	if !r.rules.hasRegexps() {
		return s
	}
	return r.rules.text(r, s)
}

// hidden returns the replacement of a secret. A Basic credential keeps the name of the user.
func (r *Redactor) hidden(v string, isBasic bool) string {
	if isBasic {
		if data, ok := judge.DecodeBase64(v); ok {
			if user, password, ok := strings.Cut(string(data), ":"); ok {
				return r.credentials(user, password)
			}
		}
	}
	return r.placeholder(v)
}

// credentials returns a user and the placeholder of a password. Either may be empty. A user that
// can be a key gets a placeholder as well.
func (r *Redactor) credentials(user, password string) string {
	switch {
	case password == "": // most often an API key as the user
		return r.placeholder(user)
	case user == "":
		return r.placeholder(password)
	case isUser(user):
		return user + ":" + r.placeholder(password)
	}
	return r.placeholder(user) + ":" + r.placeholder(password)
}

func isUser(s string) bool { return judge.IsUserName(s) && len(spansOf(s, rules.Plain)) == 0 }

// placeholder returns the placeholder of a secret, which is then searched for in the rest of the
// flow.
func (r *Redactor) placeholder(value string) string {
	kind := kindOf(value)
	r.known.add(kind, value)
	return r.placeholderOfKind(kind, value)
}

// placeholderOfKind returns the placeholder of a value. Placeholders in it stay as they are.
func (r *Redactor) placeholderOfKind(kind, value string) string {
	if _, _, ok := mark.Next(value); ok {
		return mark.Outside(value, func(s string) string { return r.placeholderOfKind(kind, s) })
	}
	if kind == mark.Email {
		if plain, err := url.PathUnescape(value); err == nil {
			value = plain // in a path; equal to the address in bodies
		}
	}
	key := r.keyOf(kind, value)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(value))
	var sum [sha256.Size]byte
	mac.Sum(sum[:0])
	p := mark.Prefix + kind + ":" + hex.EncodeToString(sum[:mark.HashLen/2]) + "]"
	r.trace.add(kind, value, p)
	if r.standIns != nil {
		r.standIns.Add(p, value, standin.NewHash(key, value), acceptOf(kind))
	}
	return p
}

// keyOf returns the key for the hash of a value. All hashes of values use it: what a site returns
// must not say whether a password that it guessed is one of another site. Generated values cannot
// be guessed, and signing in at another host needs them.
func (r *Redactor) keyOf(kind, value string) []byte {
	if r.originKey == nil || kind != mark.Secret && kind != mark.Unread || kind == mark.Secret && isGenerated(value) {
		return r.key
	}
	return r.originKey
}

// isGenerated reports whether a secret is long and random.
func isGenerated(value string) bool {
	return judge.LooksGenerated(value) || judge.IsRandom(value) || ascii.IsUUID(value)
}

// kindOf returns the kind of a complete value by its form.
func kindOf(value string) string {
	if s := spansOf(value, rules.Plain); len(s) == 1 && s[0].start == 0 && s[0].end == len(value) && s[0].kind != "" {
		return s[0].kind
	}
	return mark.Secret
}

// IsSensitive reports whether a value must not be kept, shown or used as an example, because its
// name or its form shows that it is a secret or personal. It needs no key, and agrees with what
// every [Redactor] redacts.
func IsSensitive(name, value string) bool {
	if judge.IsOrdinary(name, value) {
		name = ""
	}
	return IsSensitiveAs(rules.ClassOf(name), value)
}

// MayHide reports whether the text of a JSON member with a harmless name may be a secret because of
// its context. owner is the name of the member that holds the object. It is quick.
func MayHide(name, owner string) bool { return judge.MayHide(name, owner) }

// IsSensitiveAs is like [IsSensitive], for a name of known class.
func IsSensitiveAs(c rules.Class, value string) bool {
	if _, ok := judge.Hides(c, value); ok || c == rules.Secret {
		return ok
	}
	return c != rules.Identifier && judge.IsRandomBase64(value) || len(spansOf(value, c)) > 0
}
