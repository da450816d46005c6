// Package yamledit changes single values of a YAML text and leaves every other byte as it is: comments, order, quoting,
// indentation and line endings stay.
//
// An edit is made on the text, at the place that package yamlsrc finds, and then checked: the new text is read again, and
// unless exactly the wanted value has changed the edit is refused. So an edit is right or it is an error.
package yamledit
