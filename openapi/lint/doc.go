// Package lint finds mistakes and weaknesses of an OpenAPI document.
//
// There is one set of rules, [Rules]. Each has an ID that does not change, a severity and advice.
// Rules of severity error mean that the document is not valid OpenAPI, or that a part of it cannot
// be used; validating is linting with these rules alone. [Check] finds the line and column of each
// finding. A [Report] can be written as text, JSON or in the formats of CI services, and [Handler]
// serves linting over HTTP.
//
// References to other documents are not followed: such a document cannot be read. Documents of
// version 2.0 are converted to 3.0 and checked as such; positions are those of the nearest part of
// the text with the same name.
//
// Read lint.go first, then walk.go.
package lint
