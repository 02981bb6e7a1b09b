// Package flagset has the flags that commands of several families share, such as those of a
// listener or of trust in servers, and what follows from them. Read exclude.go first.
package flagset
