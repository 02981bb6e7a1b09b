package redact

import (
	"github.com/spectap/spectap/flow/redact/find"
	"github.com/spectap/spectap/flow/redact/names"
)

// IsSensitive reports whether a value must not be kept, shown or used as an example, because its
// name or its form shows that it is a secret or personal. It needs no key, and agrees with what
// every [Redactor] redacts.
func IsSensitive(name, value string) bool { return find.IsSensitive(name, value) }

// IsSensitiveAs is like [IsSensitive], for a name of known sensitivity.
func IsSensitiveAs(s names.Sensitivity, value string) bool { return find.IsSensitiveAs(s, value) }

// IsPathSecret reports whether a segment of a path, percent-decoded, is a secret because of the
// segment before it: /reset/token/swordfish, /login/password/hunter2. It agrees with
// [Redactor.Path].
func IsPathSecret(before, segment string) bool { return find.IsPathSecret(before, segment) }
