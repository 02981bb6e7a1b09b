// Package lint says what is wrong with an OpenAPI document, and what could be better.
//
// There is one set of rules, [Rules]: each has an id that stays, a severity and advice. Rules of severity error say
// that the document is not valid OpenAPI, or that a part of it cannot be used; validating is linting with these alone.
// [Check] finds the line and column of each finding in the text it is given. [Report] writes as text, JSON or SARIF
// 2.1.0, and [Handler] serves the same by HTTP.
//
// References out of the document are not followed: such a document cannot be read. Documents of version 2.0 are
// judged as the 3.0 they are converted into; positions are then those of the nearest part that has the same name.
package lint
