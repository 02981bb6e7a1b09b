// Package router finds the operation of an OpenAPI document that a request belongs to.
//
// [New] builds a trie of all path templates, one segment a level, under the paths of all servers;
// [Router.FindPath] walks it. Of the operations behind one URL, [Router.FindFlow] finds the one
// that the body asks for. The package also has the functions that read path templates.
//
// Read router.go first, then search.go.
package router
