"""An application that brings its migrations in its package."""
