package openapi

import _ "embed"

// The objects of OpenAPI, one a line: a name, then members, in the order in which they are written.
// It is the one that people expect; the specification does not define any. Members behind "|" have
// no place in it, and follow by name. A member that must be there has "!", one that only some
// versions have "@3.0", or "@3.1" or "@3.2" for these and later ones; of several lines or members
// of a name the last one counts. An object of several kinds is told by a member, as in
// "Parameter(in=path)". "+Name" takes the members of another line over; /…/ is the form of the keys
// that have no line of their own. Objects take extensions (x-…), except for those marked "open",
// which take all other members.
//
// Types: text, token (a name of HTTP), flag (a boolean), true, number, positive, count (an integer
// from 0 on), any, a name of an object, (a b) for one of some texts, [T] a list, {T} a map, T|U for
// either, T& for T or a Reference Object. [T]+ must not be empty, [T]u not repeat an element, {T}k
// has names of components as keys, {T}t tokens.

// Objects3 is of OpenAPI 3.0.4, 3.1.1 and 3.2.0, section 4. Extensions are listed for their places.
//
//go:embed objects3.txt
var Objects3 string

// Objects2 is of OpenAPI 2.0. The order of its members means nothing.
//
//go:embed objects2.txt
var Objects2 string
